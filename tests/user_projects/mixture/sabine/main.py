import numpy as np


def rt60(volume, surfaces, alphas, humidity_coeff=0.003, eyring=False):
    """Reverberation time, Sabine or Eyring, with air absorption 4mV"""
    S = sum(surfaces)
    A = 0.
    for s, a in zip(surfaces, alphas):
        A += s * a
    if eyring:
        A = -S * np.log(1 - A / S)
    return 0.161 * volume / (A + 4 * humidity_coeff * volume)


PROGRAMS = [(rt60, (220.0, [60., 60., 110.], np.array([0.3, 0.12, 0.05]), 0.003, True))]
