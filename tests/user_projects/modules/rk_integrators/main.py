import abc
import numpy as np
from collections import namedtuple

Result = namedtuple('Result', ['t', 'y', 'nfev'])


class Integrator(abc.ABC):
    order = None

    def __init__(self, f, h, args=()):
        if not callable(f):
            raise TypeError('f must be callable')
        self.f = f
        self.h = h
        self.args = tuple(args)
        self.nfev = 0

    def _eval(self, t, y):
        self.nfev += 1
        return np.asarray(self.f(t, y, *self.args))

    @abc.abstractmethod
    def step(self, t, y):
        pass

    def run(self, y0, t0, nsteps):
        y = np.atleast_1d(y0)
        ts = [t0]
        ys = [y]
        t = t0
        for _ in range(nsteps):
            y = self.step(t, y)
            t = t + self.h
            ts.append(t)
            ys.append(y)
        return Result(np.array(ts), np.vstack(ys), self.nfev)


class Euler(Integrator):
    order = 1

    def step(self, t, y):
        return y + self.h * self._eval(t, y)


class RK4(Integrator):
    order = 4

    def step(self, t, y):
        h = self.h
        k1 = self._eval(t, y)
        k2 = self._eval(t + h / 2., y + h / 2. * k1)
        k3 = self._eval(t + h / 2., y + h / 2. * k2)
        k4 = self._eval(t + h, y + h * k3)
        return y + h / 6. * (k1 + 2 * k2 + 2 * k3 + k4)


class AdamsBashforth2(Integrator):
    order = 2

    def __init__(self, *a, **kw):
        super().__init__(*a, **kw)
        self._prev = None

    def step(self, t, y):
        f = self._eval(t, y)
        if self._prev is None:
            ynew = y + self.h * f
        else:
            ynew = y + self.h * (1.5 * f - 0.5 * self._prev)
        self._prev = f
        return ynew


METHODS = {'euler': Euler, 'rk4': RK4, 'ab2': AdamsBashforth2}


def odesolve(f, y0, h, nsteps, method='rk4', args=()):
    try:
        cls = METHODS[method.lower()]
    except KeyError:
        raise ValueError("unknown method %r, choose from %s" % (method, sorted(METHODS)))
    return cls(f, h, args).run(y0, 0.0, nsteps)


def lotka(t, y, a, b, c, d):
    return [a * y[0] - b * y[0] * y[1], -c * y[1] + d * y[0] * y[1]]


def vanderpol(t, y, mu):
    dy = np.zeros(2)
    dy[0] = y[1]
    dy[1] = mu * (1 - y[0] ** 2) * y[1] - y[0]
    return dy


def predator_prey(y0, a, b, c, d, h, method):
    res = odesolve(lotka, y0, h, 20, method, (a, b, c, d))
    return res.y


def vdp_final(y0, mu, h):
    res = odesolve(vanderpol, y0, h, 25, args=(mu,))
    return res.y[-1]


PROGRAMS = [
    (predator_prey, (np.array([2., 1.]), 1.1, 0.4, 0.9, 0.3, 0.05, 'rk4')),
    (predator_prey, (np.array([2., 1.]), 1.1, 0.4, 0.9, 0.3, 0.05, 'AB2')),
    (vdp_final, (np.array([1.2, -.3]), 1.5, 0.04)),
]
