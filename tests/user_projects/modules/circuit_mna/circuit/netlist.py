import numpy as np
from .components import Resistor, CurrentSource, Capacitor, Diode

KINDS = {'R': Resistor, 'I': CurrentSource, 'C': Capacitor, 'D': Diode}


class Circuit(object):
    def __init__(self, title=''):
        self.title = title
        self.parts = []
        self.nodes = 0

    def add(self, name, a, b, value):
        try:
            cls = KINDS[name[0].upper()]
        except KeyError:
            raise ValueError('unknown component type in "%s"' % name)
        self.parts.append(cls(name, a, b, value))
        self.nodes = max(self.nodes, a, b)
        return self

    def _solve(self, x, **ctx):
        G = np.zeros((self.nodes, self.nodes))
        rhs = np.zeros(self.nodes)
        for p in self.parts:
            p.stamp(G, rhs, x, ctx)
        return np.linalg.solve(G, rhs)

    def dc(self, guess=0.6, iters=12):
        x = np.full(self.nodes, guess)
        for _ in range(iters):
            x = self._solve(x)
        return x

    def transient(self, dt, n):
        x = np.zeros(self.nodes)
        wave = [x]
        for _ in range(n):
            prev = x
            for _ in range(5):
                x = self._solve(x, dt=dt, prev=prev)
            wave.append(x)
        return np.asarray(wave)
