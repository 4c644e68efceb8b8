import numpy as np


def boundary(n, top, left):
    u = np.zeros((n, n))
    u[0, :] = top
    u[:, 0] = left
    return u


def sweep(u, f, h):
    n = u.shape[0]
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            u[i, j] = 0.25 * (u[i+1, j] + u[i-1, j] + u[i, j+1] + u[i, j-1] - h**2 * f[i, j])
    return u


def solve_poisson(top, left, strength, n=9, iters=25):
    h = 1.0 / (n - 1)
    u = boundary(n, top, left)
    xs = np.linspace(0, 1, n)
    X, Y = np.meshgrid(xs, xs)
    f = strength * np.exp(-10 * ((X - 0.5)**2 + (Y - 0.5)**2))
    for it in range(iters):
        u = sweep(u, f, h)
    return u[n // 2, n // 2]


PROGRAMS = [(solve_poisson, (1.0, 0.5, 8.0))]
