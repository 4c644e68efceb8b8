import numpy as np


def sw_dens0(S, T):
    """Density of sea water at atmospheric pressure, UNESCO 1983 (from the CSIRO MATLAB toolbox)"""
    T68 = T * 1.00024
    a = [999.842594, 6.793952e-2, -9.095290e-3, 1.001685e-4, -1.120083e-6, 6.536332e-9]
    b = [8.24493e-1, -4.0899e-3, 7.6438e-5, -8.2467e-7, 5.3875e-9]
    c = [-5.72466e-3, 1.0227e-4, -1.6546e-6]
    d0 = 4.8314e-4
    smow = np.polyval(a[::-1], T68)
    return smow + np.polyval(b[::-1], T68) * S + np.polyval(c[::-1], T68) * S**1.5 + d0 * S**2


def brunt_vaisala(S, T, z):
    rho = sw_dens0(S, T)
    drho = np.diff(rho) / np.diff(z)
    return np.sqrt(9.81 / np.mean(rho) * np.abs(drho))


PROGRAMS = [
    (sw_dens0, (35.0, 12.0)),
    (brunt_vaisala, (np.array([34., 34.6, 35.2, 35.4]), np.array([18., 13., 9., 6.]), np.array([5., 40., 110., 250.]))),
]
