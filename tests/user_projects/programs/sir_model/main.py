import numpy as np
from functools import partial


def make_sir(beta, gamma, N):
    def rhs(t, y):
        S, I, R = y
        new_inf = beta * S * I / N
        rec = gamma * I
        return np.array([-new_inf, new_inf - rec, rec])
    return rhs


def euler(f, y, t, h):
    return y + h * f(t, y)


def heun(f, y, t, h):
    k1 = f(t, y)
    k2 = f(t + h, y + h * k1)
    return y + h / 2 * (k1 + k2)


methods = {'euler': euler, 'heun': heun,
           'midpoint': lambda f, y, t, h: y + h * f(t + h / 2, y + h / 2 * f(t, y))}


def integrate(f, y0, T, n, method='heun'):
    step = methods[method]
    h = T / n
    ys = [y0]
    for i in range(n):
        ys.append(step(f, ys[-1], i * h, h))
    return np.array(ys)


def attack_rate(beta, gamma, method):
    f = make_sir(beta, gamma, 1000.0)
    sol = integrate(f, np.array([990.0, 10.0, 0.0]), 40.0, 80, method)
    return sol[-1, 2] / 1000


def curve(beta, gamma):
    run = partial(integrate, T=20.0, n=20, method='midpoint')
    return run(make_sir(beta, gamma, 500.0), np.array([495.0, 5.0, 0.0]))[:, 1]


PROGRAMS = [(attack_rate, (0.4, 0.15, 'heun')), (curve, (0.6, 0.2))]
