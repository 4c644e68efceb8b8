import numpy as np


def _euler(f, t, x, h):
    return x + h * f(t, x)


def _rk4(f, t, x, h):
    k1 = f(t, x)
    k2 = f(t + h/2, x + h/2*k1)
    k3 = f(t + h/2, x + h/2*k2)
    k4 = f(t + h, x + h*k3)
    return x + h/6*(k1 + 2*k2 + 2*k3 + k4)


def solve(f, x0, t0, t1, n, method='rk4'):
    h = (t1 - t0) / n
    xs = np.zeros((n + 1, len(x0)))
    xs[0, :] = x0
    if method == 'ab2':
        xs[1] = _rk4(f, t0, xs[0], h)
        fprev = f(t0, xs[0])
        for i in range(1, n):
            fc = f(t0 + i*h, xs[i])
            xs[i+1] = xs[i] + h*(1.5*fc - 0.5*fprev)
            fprev = fc
        return xs
    step = {'euler': _euler, 'rk4': _rk4}[method]
    for i in range(n):
        xs[i+1] = step(f, t0 + i*h, xs[i], h)
    return xs
