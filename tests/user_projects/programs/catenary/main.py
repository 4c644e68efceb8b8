from math import sinh, cosh, tanh, sqrt
import numpy as np


def catenary_a(span, length, guess=10.0):
    """solve 2 a sinh(span / 2a) = length by Newton"""
    a = guess
    for _ in range(60):
        f = 2 * a * sinh(span / (2 * a)) - length
        df = 2 * sinh(span / (2 * a)) - span / a * cosh(span / (2 * a))
        step = f / df
        a -= step
        if abs(step) < 1e-14 * abs(a):
            break
    return a


def sag(span, length):
    a = catenary_a(span, length)
    return a * (cosh(span / (2 * a)) - 1)


def dispersion(T, h, g=9.81):
    """linear wave theory: wavelength from period and depth"""
    w = 2 * np.pi / T
    k = w**2 / g
    for i in range(100):
        kn = w**2 / (g * tanh(k * h))
        kn = 0.5 * (k + kn)
        if abs(kn - k) < 1e-15:
            break
        k = kn
    return 2 * np.pi / k, sqrt(g / k * tanh(k * h))


PROGRAMS = [(sag, (20.0, 23.0)), (dispersion, (6.0, 5.0))]
