from abc import ABC, abstractmethod
import math


class Component(ABC):
    def __init__(self, name, a, b, value):
        self.name, self.a, self.b, self.value = name, a, b, value

    @abstractmethod
    def stamp(self, G, rhs, x, ctx):
        pass

    def _add(self, M, i, j, v):
        if i and j:
            M[i - 1, j - 1] += v

    def _conductance(self, G, g):
        self._add(G, self.a, self.a, g)
        self._add(G, self.b, self.b, g)
        self._add(G, self.a, self.b, -g)
        self._add(G, self.b, self.a, -g)

    def _source(self, rhs, i):
        if self.a:
            rhs[self.a - 1] -= i
        if self.b:
            rhs[self.b - 1] += i

    def voltage(self, x):
        va = x[self.a - 1] if self.a else 0.0
        vb = x[self.b - 1] if self.b else 0.0
        return va - vb


class Resistor(Component):
    def stamp(self, G, rhs, x, ctx):
        self._conductance(G, 1.0 / self.value)


class CurrentSource(Component):
    def stamp(self, G, rhs, x, ctx):
        self._source(rhs, -self.value)


class Capacitor(Component):
    def stamp(self, G, rhs, x, ctx):
        if ctx.get('dt') is None:
            return
        g = self.value / ctx['dt']
        self._conductance(G, g)
        self._source(rhs, -g * self.voltage(ctx['prev']))


class Diode(Component):
    VT = 0.02585

    def stamp(self, G, rhs, x, ctx):
        v = min(self.voltage(x), 0.9)
        e = math.exp(v / (1.8 * self.VT))
        i = self.value * (e - 1)
        g = self.value * e / (1.8 * self.VT)
        self._conductance(G, g)
        self._source(rhs, i - g * v)
