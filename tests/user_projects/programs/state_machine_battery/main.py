import numpy as np
from enum import Enum


class Mode(Enum):
    CC = 1
    CV = 2
    DONE = 3


class Battery:
    """Thevenin model with a CC-CV charger"""

    def __init__(self, capacity_ah=2.0, R0=0.05, R1=0.03, C1=800.0, soc=0.6):
        self.Q = capacity_ah * 3600
        self.R0, self.R1, self.C1 = R0, R1, C1
        self.soc = soc
        self.v1 = 0.0
        self.mode = Mode.CC

    @staticmethod
    def ocv(soc):
        return 3.2 + 0.9 * soc - 0.25 * np.exp(-12 * soc) + 0.05 * soc**3

    def current(self, i_cc, v_max):
        if self.mode is Mode.CC:
            v = self.ocv(self.soc) + self.v1 + self.R0 * i_cc
            if v >= v_max:
                self.mode = Mode.CV
            else:
                return i_cc
        if self.mode == Mode.CV:
            i = (v_max - self.ocv(self.soc) - self.v1) / self.R0
            if i < 0.02:
                self.mode = Mode.DONE
                return 0.0
            return i
        return 0.0

    def charge(self, i_cc, v_max, dt=60, n=40):
        log = []
        for k in range(n):
            i = self.current(i_cc, v_max)
            self.soc = self.soc + i * dt / self.Q
            a = np.exp(-dt / (self.R1 * self.C1))
            self.v1 = a * self.v1 + self.R1 * (1 - a) * i
            log.append((self.soc, i))
        return np.array(log)


def charge_profile(R0, soc0, i_cc):
    b = Battery(R0=R0, soc=soc0)
    return b.charge(i_cc, 4.02)[::8]


PROGRAMS = [(charge_profile, (0.06, 0.55, 2.0))]
