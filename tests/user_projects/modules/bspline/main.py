import numpy as np


def bspline_basis(i, p, u, knots):
    """Cox-de Boor recursion."""
    if p == 0:
        return 1.0 if knots[i] <= u < knots[i + 1] else 0.0
    left = right = 0.0
    den = knots[i + p] - knots[i]
    if den > 0:
        left = (u - knots[i]) / den * bspline_basis(i, p - 1, u, knots)
    den = knots[i + p + 1] - knots[i + 1]
    if den > 0:
        right = (knots[i + p + 1] - u) / den * bspline_basis(i + 1, p - 1, u, knots)
    return left + right


def curve(ctrl, u, p=3):
    """Clamped B-spline curve through control polygon ctrl (n, dim)."""
    n = len(ctrl)
    if n <= p:
        raise ValueError("need more than %d control points, got %d" % (p, n))
    knots = np.r_[np.zeros(p), np.linspace(0, 1, n - p + 1), np.ones(p)]
    pts = []
    for uk in u:
        pt = np.zeros(ctrl.shape[1])
        for i in range(n):
            pt = pt + bspline_basis(i, p, uk, knots) * ctrl[i]
        pts.append(pt)
    return np.array(pts)


def nurbs(ctrl, w, u):
    hom = np.hstack([ctrl * w[:, None], w[:, None]])
    c = curve(hom, u)
    return c[:, :-1] / c[:, -1:]


def de_casteljau(P, t):
    Q = [p for p in P]
    while len(Q) > 1:
        Q = [(1 - t) * a + t * b for a, b in zip(Q[:-1], Q[1:])]
    return Q[0]


P = np.array([[0., 0.], [1., 2.], [2., -1.], [3., .5], [4., 2.], [5., 0.]])
PROGRAMS = [
    (nurbs, (P, np.array([1., 2., .7, 1., 1.5, 1.]), np.array([.1, .45, .8]))),
    (de_casteljau, (P, 0.37)),
]
