import numpy as np


def de_casteljau(points, t):
    if len(points) == 1:
        return points[0]
    return de_casteljau([(1 - t) * p + t * q for p, q in zip(points[:-1], points[1:])], t)


def sample(points, n):
    for k in range(n + 1):
        yield de_casteljau(points, k / n)


def curve_length(ctrl, n=16):
    pts = list(sample(list(ctrl), n))
    return sum(np.hypot(*(b - a)) for a, b in zip(pts, pts[1:]))


PROGRAMS = [(curve_length, (np.array([[0.1, 0.2], [1.0, 2.1], [2.4, -0.7], [3.2, 1.1]]),))]
