"""Drag coefficient of a sphere."""
import numpy as np


def drag_coefficient(Re, rough=0.0):
    Re = np.asarray(Re, dtype=float)
    conds = [Re < 1, (Re >= 1) & (Re < 1000), Re >= 1000]
    funcs = [lambda r: 24. / r,
             lambda r: 24. / r * (1 + 0.15 * r ** 0.687),
             lambda r: 0.44 + 0.02 * np.log10(r / 1000.)]
    cd = np.piecewise(Re, conds, funcs)
    corr = np.select([Re < 10, Re < 500], [np.zeros_like(Re), rough * np.log1p(Re)], default=rough * 6.2)
    return np.nan_to_num(cd) * (1 + corr)


PROGRAMS = [(drag_coefficient, (np.array([.2, .8, 5., 120., 900., 4e4]), .03))]
