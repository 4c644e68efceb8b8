import math
import numpy as np


def arrhenius(A, Ea, T):
    R = 8.314462618
    return A * math.exp(-Ea / (R * T))


def nernst(z, T, c_out, c_in):
    R, F = 8.314, 96485.0
    return 1000 * R * T / (z * F) * math.log(c_out / c_in)


def ghk(P, out, inn, T=310.0):
    """Goldman-Hodgkin-Katz voltage, order K, Na, Cl"""
    num = P[0] * out[0] + P[1] * out[1] + P[2] * inn[2]
    den = P[0] * inn[0] + P[1] * inn[1] + P[2] * out[2]
    return 8.314 * T / 96485.0 * math.log(num / den)


def michaelis_menten(S, Vmax, Km, I=0.0, Ki=1.0):
    return Vmax * S / (Km * (1 + I / Ki) + S)


def hill(x, n, K):
    return x**n / (K**n + x**n)


PROGRAMS = [(ghk, (np.array([1.0, 0.04, 0.45]), np.array([5.0, 145.0, 110.0]), np.array([140.0, 10.0, 10.0]))),
            (michaelis_menten, (np.array([0.5, 1.0, 2.0, 5.0]), 3.0, 1.2, 0.5, 0.8)),
            (hill, (np.array([0.2, 0.9, 3.1]), 2.5, 1.0))]
