import numpy as np
import math


def design(x, y):
    A = np.ones((len(x), 3))
    A[:, 0] = 2 * x
    A[:, 1] = 2 * y
    return A


def kasa(x, y):
    A = design(x, y)
    b = x**2 + y**2
    sol, res, rank, sv = np.linalg.lstsq(A, b, rcond=None)
    xc, yc = sol[:2]
    return xc, yc, math.sqrt(sol[2] + xc**2 + yc**2)


def fit_circle(pts):
    xc, yc, r = kasa(pts[:, 0], pts[:, 1])
    return np.array([xc, yc, r])


def circumradius(p1, p2, p3):
    a = math.dist(p2, p3)
    b = math.dist(p1, p3)
    c = math.hypot(p1[0] - p2[0], p1[1] - p2[1])
    s = (a + b + c) / 2
    return a * b * c / (4 * math.sqrt(s * (s - a) * (s - b) * (s - c)))


th = np.linspace(0, 4, 9)
pts = np.c_[2 + 3 * np.cos(th) + 0.1 * np.sin(7 * th), -1 + 3 * np.sin(th) + 0.1 * np.cos(5 * th)]
PROGRAMS = [(fit_circle, (pts,)),
            (circumradius, (np.array([0.0, 0.1]), np.array([2.0, 0.3]), np.array([0.7, 1.9])))]
