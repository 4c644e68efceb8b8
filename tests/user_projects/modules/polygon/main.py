"""Plane geometry bits from the GIS toolbox."""
from math import sqrt, atan2, pi, cos, sin, hypot
import numpy as np


def area_centroid(pts):
    x, y = pts[:, 0], pts[:, 1]
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    A = 0.5 * cross.sum()
    if A == 0:
        raise ValueError('degenerate polygon')
    cx = ((x + np.roll(x, -1)) * cross).sum() / (6 * A)
    cy = ((y + np.roll(y, -1)) * cross).sum() / (6 * A)
    return abs(A), np.array([cx, cy])


def convex_hull(points):
    pts = sorted(points.tolist())

    def half(seq):
        out = []
        for p in seq:
            while len(out) >= 2 and ((out[-1][0] - out[-2][0]) * (p[1] - out[-2][1])
                                     - (out[-1][1] - out[-2][1]) * (p[0] - out[-2][0])) <= 0:
                out.pop()
            out.append(p)
        return out[:-1]
    return np.array(half(pts) + half(pts[::-1]))


def hull_area(points):
    return area_centroid(convex_hull(points))[0]


def clip_polygon(subject, clip):
    """Sutherland-Hodgman."""
    def inside(p, a, b):
        return (b[0] - a[0]) * (p[1] - a[1]) > (b[1] - a[1]) * (p[0] - a[0])

    def intersection(s, e, a, b):
        dc = [a[0] - b[0], a[1] - b[1]]
        dp = [s[0] - e[0], s[1] - e[1]]
        n1 = a[0] * b[1] - a[1] * b[0]
        n2 = s[0] * e[1] - s[1] * e[0]
        n3 = 1.0 / (dc[0] * dp[1] - dc[1] * dp[0])
        return [(n1 * dp[0] - n2 * dc[0]) * n3, (n1 * dp[1] - n2 * dc[1]) * n3]

    output = subject
    a = clip[-1]
    for b in clip:
        inp, output = output, []
        s = inp[-1]
        for e in inp:
            if inside(e, a, b):
                if not inside(s, a, b):
                    output.append(intersection(s, e, a, b))
                output.append(e)
            elif inside(s, a, b):
                output.append(intersection(s, e, a, b))
            s = e
        a = b
    return np.array(output)


def overlap(p, q):
    A, c = area_centroid(clip_polygon(p, q))
    return A, hypot(c[0], c[1]), atan2(c[1], c[0])


sq = np.array([[0., 0.], [2., .1], [2.1, 2.], [-.1, 1.9]])
tri = np.array([[1., -.5], [3., 1.5], [.8, 2.6]])
PROGRAMS = [
    (hull_area, (np.array([[0., .1], [1., .3], [2., -.2], [1.4, 1.9], [.3, 1.2], [.9, .8]]),)),
    (overlap, (sq, tri)),
]
