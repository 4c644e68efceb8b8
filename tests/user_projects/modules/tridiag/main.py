"""Thomas algorithm and friends (ported from TRIDAG)."""
import numpy as np


def tridag(a, b, c, r):
    """Solve tridiagonal system. a: sub, b: diag, c: super diagonal."""
    n = len(b)
    if not (len(a) == len(c) == len(r) == n):
        raise ValueError('tridag: vectors must all have length %d' % n)
    gam = np.zeros(n)
    u = np.zeros(n)
    if b[0] == 0.0:
        raise ZeroDivisionError('tridag: rewrite equations')
    bet = b[0]
    u[0] = r[0] / bet
    for j in range(1, n):
        gam[j] = c[j - 1] / bet
        bet = b[j] - a[j] * gam[j]
        if bet == 0.0:
            raise ZeroDivisionError('tridag failed')
        u[j] = (r[j] - a[j] * u[j - 1]) / bet
    for j in range(n - 2, -1, -1):
        u[j] -= gam[j + 1] * u[j + 1]
    return u


def spline2(x, y, yp1=None, ypn=None):
    """Second derivatives of the cubic spline through x, y."""
    n = len(x)
    y2 = np.zeros(n)
    u = np.zeros(n)
    if yp1 is None:
        y2[0] = u[0] = 0.0
    else:
        y2[0] = -0.5
        u[0] = (3.0 / (x[1] - x[0])) * ((y[1] - y[0]) / (x[1] - x[0]) - yp1)
    for i in range(1, n - 1):
        sig = (x[i] - x[i - 1]) / (x[i + 1] - x[i - 1])
        p = sig * y2[i - 1] + 2.0
        y2[i] = (sig - 1.0) / p
        u[i] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]) - (y[i] - y[i - 1]) / (x[i] - x[i - 1])
        u[i] = (6.0 * u[i] / (x[i + 1] - x[i - 1]) - sig * u[i - 1]) / p
    if ypn is None:
        qn = un = 0.0
    else:
        qn = 0.5
        un = (3.0 / (x[n - 1] - x[n - 2])) * (ypn - (y[n - 1] - y[n - 2]) / (x[n - 1] - x[n - 2]))
    y2[n - 1] = (un - qn * u[n - 2]) / (qn * y2[n - 2] + 1.0)
    for k in range(n - 2, -1, -1):
        y2[k] = y2[k] * y2[k + 1] + u[k]
    return y2


def splint(xa, ya, y2a, x):
    klo = 0
    khi = len(xa) - 1
    while khi - klo > 1:
        k = (khi + klo) // 2
        if xa[k] > x:
            khi = k
        else:
            klo = k
    h = xa[khi] - xa[klo]
    if h == 0.0:
        raise ValueError('Bad xa input to routine splint')
    a = (xa[khi] - x) / h
    b = (x - xa[klo]) / h
    return a * ya[klo] + b * ya[khi] + ((a ** 3 - a) * y2a[klo] + (b ** 3 - b) * y2a[khi]) * (h * h) / 6.0


def spline_eval(x, y, xq):
    y2 = spline2(x, y)
    out = np.empty(len(xq))
    for i, v in enumerate(xq):
        out[i] = splint(x, y, y2, v)
    return out


def clamped_at(x, y, s0, s1, xq):
    return splint(x, y, spline2(x, y, s0, s1), xq)


PROGRAMS = [
    (tridag, (np.array([0., -1., -1.2, -0.9]), np.array([2.5, 3.0, 2.8, 2.2]),
              np.array([-1., -0.8, -1.1, 0.]), np.array([1., 2., -1., 0.5]))),
    (spline_eval, (np.array([0., 1., 2.5, 3.2, 4.]), np.array([0.1, 0.9, 0.4, -0.5, 0.3]),
                   np.array([0.4, 1.7, 2.9, 3.6]))),
    (clamped_at, (np.array([0., 1., 2.5, 3.2, 4.]), np.array([0.1, 0.9, 0.4, -0.5, 0.3]), 0.7, -0.4, 1.9)),
]
