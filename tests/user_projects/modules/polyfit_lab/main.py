"""Calibration curve of the thermistor, lab 2."""
import numpy as np


def calibration(temp, resist, R_new):
    """Fit Steinhart-Hart coefficients and convert new resistances to Celsius."""
    T = temp + 273.15
    lnR = np.log(resist)
    A = np.vstack([np.ones(len(lnR)), lnR, lnR ** 3]).T
    coef, res, rank, sv = np.linalg.lstsq(A, 1.0 / T, rcond=None)
    assert rank == 3
    l = np.log(R_new)
    invT = coef[0] + coef[1] * l + coef[2] * l ** 3
    return 1.0 / invT - 273.15


PROGRAMS = [
    (calibration, (np.array([5., 15., 25., 35., 45., 60.]),
                   np.array([25.3, 15.7, 10.02, 6.55, 4.37, 2.49]), np.array([20.0, 8.0, 3.0]))),
]
