import numpy as np
from curves import CubicSpline, PchipInterpolator


def cubic(x, y, xq, bc):
    s = CubicSpline(x, y, bc_type=bc)
    return s(xq), s.integral()


def pchip(x, y, xq):
    return PchipInterpolator(x, y)(xq)


x = np.array([0., .7, 1.5, 2.1, 3.0, 3.6])
y = np.array([.1, .8, 1.3, 1.1, .2, -.3])
PROGRAMS = [
    (cubic, (x, y, np.array([[.3, 1.], [1.9, 2.6]]), 'not-a-knot')),
    (cubic, (x, y, np.array([.3, 1., 3.3]), 'natural')),
    (pchip, (x, y, np.array([.4, 1.1, 1.8, 2.7]))),
]
