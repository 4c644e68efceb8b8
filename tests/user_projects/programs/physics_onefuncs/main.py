import numpy as np


def stopping_distance(v, mu=0.7, t_r=1.2, grade=0.0):
    g = 9.81
    return v * t_r + v**2 / (2 * g * (mu + grade))


def morse(r, De, a, re):
    return De * (1 - np.exp(-a * (r - re)))**2


def airmass_extinction(mag, z, k=0.2):
    zr = np.deg2rad(z)
    X = 1 / (np.cos(zr) + 0.15 * (93.885 - z)**(-1.253))
    return mag - k * X


def moody_transition(Re):
    lam = 64 / Re
    turb = 0.3164 * Re**-0.25
    s = 0.5 * (1 + np.tanh((Re - 3000) / 500))
    return (1 - s) * lam + s * turb


PROGRAMS = [(stopping_distance, (np.array([10.0, 20.0, 30.0]), 0.6)),
            (morse, (np.linspace(0.8, 3, 5), 4.5, 1.9, 1.05)),
            (airmass_extinction, (np.array([12.0, 13.5]), np.array([30.0, 55.0]))),
            (moody_transition, (np.array([1500.0, 2900.0, 6000.0]),))]
