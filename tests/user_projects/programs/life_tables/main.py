import numpy as np


class LeslieModel:
    def __init__(self, fecundity, survival):
        n = len(fecundity)
        self.L = np.zeros((n, n))
        self.L[0, :] = fecundity
        for i in range(n - 1):
            self.L[i + 1, i] = survival[i]

    def project(self, n0, years):
        pops = [np.asarray(n0)]
        for _ in range(years):
            pops.append(self.L.dot(pops[-1]))
        return np.array(pops)

    @property
    def growth_rate(self):
        v = np.ones(self.L.shape[0])
        lam = 1
        for _ in range(60):
            w = self.L @ v
            lam = np.sum(w) / np.sum(v)
            v = w / np.sum(w)
        return lam


def growth(fec, surv):
    return LeslieModel(fec, surv).growth_rate


def life_expectancy(qx):
    """e0 from death probabilities"""
    lx = np.empty(len(qx) + 1)
    lx[0] = 100000
    for i, q in enumerate(qx):
        lx[i + 1] = lx[i] * (1 - q)
    Lx = (lx[:-1] + lx[1:]) / 2
    Lx = np.append(Lx, lx[-1] / 0.3)
    return Lx.sum() / lx[0]


PROGRAMS = [(growth, (np.array([0.0, 1.2, 1.8, 0.4]), np.array([0.5, 0.7, 0.3]))),
            (life_expectancy, (np.array([0.05, 0.02, 0.03, 0.08, 0.2]),))]
