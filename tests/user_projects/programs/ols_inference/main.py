"""OLS by hand, with robust standard errors (econometrics PS2)"""
import numpy as np


def add_constant(X):
    return np.column_stack([np.ones(len(X)), X])


def ols(y, X):
    XtX = X.T @ X
    beta = np.linalg.solve(XtX, X.T @ y)
    resid = y - X @ beta
    return beta, resid


def vcov_hc1(X, e):
    n, k = X.shape
    bread = np.linalg.inv(X.T @ X)
    meat = np.zeros((k, k))
    for i in range(n):
        xi = X[i][:, None]
        meat += e[i]**2 * (xi @ xi.T)
    return n / (n - k) * bread @ meat @ bread


def tstats(y, X):
    X = add_constant(X)
    b, e = ols(y, X)
    V = vcov_hc1(X, e)
    return b / np.sqrt(np.diag(V))


def r_squared(y, X):
    X = add_constant(X)
    b, e = ols(y, X)
    tss = ((y - y.mean())**2).sum()
    return 1 - e @ e / tss


def two_stage(y, x, z):
    Z = add_constant(z)
    _, v = ols(x, Z)
    xhat = x - v
    b, _ = ols(y, add_constant(xhat))
    return b[1]


rs = np.random.RandomState(12)
Xd = rs.randn(20, 2)
yd = 1 + Xd @ np.array([0.5, -1.2]) + rs.randn(20) * 0.4
zd = Xd[:, 0] + 0.3 * rs.randn(20)
PROGRAMS = [(tstats, (yd, Xd)), (r_squared, (yd, Xd)), (two_stage, (yd, Xd[:, 0], zd))]
