"""Simply supported beam with point loads and distributed loads (superposition)."""
import numpy as np
from abc import ABCMeta, abstractmethod


class Section(metaclass=ABCMeta):
    @property
    @abstractmethod
    def I(self):
        pass

    @property
    @abstractmethod
    def c(self):
        """distance from neutral axis to extreme fibre"""

    @property
    def W(self):
        return self.I / self.c


class Rectangle(Section):
    def __init__(self, b, h):
        assert b > 0 and h > 0, "dimensions must be positive"
        self.b = b
        self.h = h

    @property
    def I(self):
        return self.b * self.h ** 3 / 12

    @property
    def c(self):
        return self.h / 2


class IBeam(Section):
    def __init__(self, bf, tf, h, tw):
        self.bf, self.tf, self.h, self.tw = bf, tf, h, tw

    @property
    def I(self):
        hw = self.h - 2 * self.tf
        return (self.bf * self.h ** 3 - (self.bf - self.tw) * hw ** 3) / 12

    @property
    def c(self):
        return self.h / 2


class Beam:
    def __init__(self, L, section, E=210e9):
        self.L = L
        self.section = section
        self.E = E
        self._loads = []

    def add_point_load(self, P, a):
        if a < 0 or a > self.L:
            raise ValueError('load outside of the beam')
        self._loads.append(('point', P, a))
        return self

    def add_udl(self, w):
        self._loads.append(('udl', w, None))
        return self

    def moment(self, x):
        M = 0.
        for kind, q, a in self._loads:
            if kind == 'point':
                R = q * (self.L - a) / self.L
                M += R * x - q * np.where(x > a, x - a, 0)
            else:
                M += q * x * (self.L - x) / 2
        return M

    def deflection(self, x):
        x = np.asarray(x)
        EI = self.E * self.section.I
        y = np.zeros(x.shape)
        for kind, q, a in self._loads:
            if kind == 'udl':
                y += q * x / (24 * EI) * (self.L ** 3 - 2 * self.L * x ** 2 + x ** 3)
            else:
                b = self.L - a
                left = q * b * x / (6 * self.L * EI) * (self.L ** 2 - b ** 2 - x ** 2)
                right = q * a * (self.L - x) / (6 * self.L * EI) * (2 * self.L * x - x ** 2 - a ** 2)
                y += np.where(x <= a, left, right)
        return y

    def max_stress(self, n=41):
        x = np.linspace(0, self.L, n)
        return np.max(np.abs(self.moment(x))) / self.section.W


def timber_deflection(b, h, w, P):
    beam = Beam(4.0, Rectangle(b, h), E=11e9).add_udl(w).add_point_load(P, 1.5)
    return beam.deflection([0.5, 1.0, 2.0, 3.0]) * 1000


def steel_stress(bf, tf, h, tw, P):
    beam = Beam(6.0, IBeam(bf, tf, h, tw))
    beam.add_point_load(P, 2.2).add_udl(3000.)
    return beam.max_stress() / 1e6


PROGRAMS = [
    (timber_deflection, (0.08, 0.2, 1500.0, 2500.0)),
    (steel_stress, (0.1, 0.0085, 0.2, 0.0056, 20e3)),
]
