import numpy as np


def rosen(x):
    return np.sum(100.0 * (x[1:] - x[:-1]**2.0)**2.0 + (1 - x[:-1])**2.0)


def grad(x):
    g = np.zeros_like(x)
    g[0] = -400 * x[0] * (x[1] - x[0]**2) - 2 * (1 - x[0])
    g[1] = 200 * (x[1] - x[0]**2)
    return g


def hess(x):
    return np.array([[1200 * x[0]**2 - 400 * x[1] + 2, -400 * x[0]],
                     [-400 * x[0], 200]])


def newton(x0, iters=3):
    x = np.array(x0)
    path = [x]
    for k in range(iters):
        p = np.linalg.solve(hess(x), -grad(x))
        x = x + p
        path.append(x)
    return np.array(path)


PROGRAMS = [(newton, (np.array([-1.2, 1.0]), 2)),
            (rosen, (np.array([1.3, 0.7, 0.8, 1.9, 1.2]),))]
