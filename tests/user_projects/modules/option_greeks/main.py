"""Simple instruments library."""
import math
import numpy as np


class MarketData(object):
    def __init__(self, spot, rate, vol, div=0.0):
        self.spot, self.rate, self.vol, self.div = spot, rate, vol, div

    def bumped(self, **kw):
        d = dict(self.__dict__)
        for k in kw:
            if k not in d:
                raise KeyError('no market field %r' % k)
            d[k] = d[k] + kw[k]
        return MarketData(**d)


class Instrument(object):
    registry = {}

    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        Instrument.registry[cls.__name__.lower()] = cls

    def price(self, md):
        raise NotImplementedError('%s.price' % type(self).__name__)

    def delta(self, md, h=1e-3):
        return (self.price(md.bumped(spot=h)) - self.price(md.bumped(spot=-h))) / (2 * h)


class Forward(Instrument):
    def __init__(self, K, T):
        self.K, self.T = K, T

    def price(self, md):
        return md.spot * math.exp(-md.div * self.T) - self.K * math.exp(-md.rate * self.T)


class Vanilla(Instrument):
    def __init__(self, K, T, cp=1):
        if cp not in (1, -1):
            raise ValueError('cp must be +1 or -1')
        self.K, self.T, self.cp = K, T, cp

    def price(self, md):
        N = lambda x: 0.5 * math.erfc(-x / math.sqrt(2.))
        sd = md.vol * math.sqrt(self.T)
        F = md.spot * math.exp((md.rate - md.div) * self.T)
        d1 = math.log(F / self.K) / sd + 0.5 * sd
        return math.exp(-md.rate * self.T) * self.cp * (F * N(self.cp * d1) - self.K * N(self.cp * (d1 - sd)))


class Barrier(Instrument):
    """Down-and-out call by explicit finite differences in log space."""

    def __init__(self, K, T, B):
        self.K, self.T, self.B = K, T, B

    def price(self, md, nx=24, nt=40):
        x = np.linspace(np.log(self.B), np.log(4 * self.K), nx)
        dx = x[1] - x[0]
        dt = self.T / nt
        nu = md.rate - md.div - 0.5 * md.vol ** 2
        V = np.maximum(np.exp(x) - self.K, 0.)
        pu = 0.5 * dt * (md.vol ** 2 / dx ** 2 + nu / dx)
        pd = 0.5 * dt * (md.vol ** 2 / dx ** 2 - nu / dx)
        pm = 1 - pu - pd - md.rate * dt
        for n in range(nt):
            Vn = np.copy(V)
            Vn[1:-1] = pu * V[2:] + pm * V[1:-1] + pd * V[:-2]
            Vn[0] = 0.
            Vn[-1] = 2 * Vn[-2] - Vn[-3]
            V = Vn
        return np.interp(np.log(md.spot), x, V)


class Portfolio(Instrument):
    def __init__(self, items=()):
        self.items = list(items)

    def add(self, qty, kind, *args):
        self.items.append((qty, Instrument.registry[kind](*args)))
        return self

    def price(self, md):
        return sum(q * inst.price(md) for q, inst in self.items)


def book_value(spot, rate, vol, K):
    md = MarketData(spot, rate, vol, div=0.01)
    pf = Portfolio().add(2, 'vanilla', K, 1.0, -1).add(-1, 'forward', K, 0.5).add(3, 'vanilla', K * 1.1, 2.0)
    return pf.price(md), pf.delta(md)


def barrier_value(spot, vol, B):
    return Barrier(100.0, 0.5, B).price(MarketData(spot, .03, vol))


PROGRAMS = [(book_value, (103., .02, .25, 98.)), (barrier_value, (104.3, .28, 81.))]
