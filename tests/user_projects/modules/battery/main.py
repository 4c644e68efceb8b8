"""Lithium cell, 1RC equivalent circuit."""
import numpy as np

_SOC = np.array([0., .1, .25, .5, .75, .9, 1.])
_OCV = np.array([3.0, 3.45, 3.6, 3.7, 3.92, 4.06, 4.2])


class Cell:
    def __init__(self, capacity_ah=2.0, r0=0.05, r1=0.03, c1=1500., soc=0.8):
        self.capacity = capacity_ah * 3600
        self.r0, self.r1, self.c1 = r0, r1, c1
        self.reset(soc)

    def reset(self, soc):
        self.soc = soc
        self.v1 = 0.

    @property
    def ocv(self):
        return np.interp(self.soc, _SOC, _OCV)

    @property
    def tau(self):
        return self.r1 * self.c1

    def step(self, i, dt):
        a = np.exp(-dt / self.tau)
        self.v1 = a * self.v1 + self.r1 * (1 - a) * i
        self.soc -= i * dt / self.capacity
        self.soc = min(max(self.soc, 0.0), 1.0)
        return self.ocv - self.v1 - self.r0 * i


class Pack:
    """Series string of cells."""

    def __init__(self, cells):
        self.cells = tuple(cells)

    def discharge(self, current, dt):
        v = np.empty(current.shape[0])
        heat = 0.
        for k, i in enumerate(current):
            v[k] = sum(c.step(i, dt) for c in self.cells)
            heat += sum(c.r0 * i ** 2 + c.v1 ** 2 / c.r1 for c in self.cells) * dt
        return v, heat


def terminal_voltage(current, r0, r1, soc0):
    return Pack([Cell(r0=r0, r1=r1, soc=soc0)]).discharge(current, 10.0)[0]


def pack_heat(current, r0):
    p = Pack([Cell(r0=r, capacity_ah=1.8) for r in r0])
    return p.discharge(current, 30.0)[1]


I = np.array([1., 2., 0.5, -1., 3., 1.5])
PROGRAMS = [(terminal_voltage, (I, .05, .03, .82)), (pack_heat, (I, np.array([.04, .05, .06])))]
