"""Pharmacokinetics: one and two compartment models."""
import numpy as np


class OneCompartmentOral:
    def __init__(self, ka, CL, V, F=1.0):
        if not ka > 0:
            raise ValueError('ka must be positive')
        self.ka = ka
        self.CL = CL
        self.V = V
        self.F = F

    @property
    def ke(self):
        return self.CL / self.V

    @property
    def tmax(self):
        return np.log(self.ka / self.ke) / (self.ka - self.ke)

    def concentration(self, t, dose):
        ka, ke = self.ka, self.ke
        return self.F * dose * ka / (self.V * (ka - ke)) * (np.exp(-ke * t) - np.exp(-ka * t))

    def multiple_dose(self, times, dose, tau, n):
        c = np.zeros_like(times)
        for k in range(n):
            dt = times - k * tau
            mask = dt > 0
            c[mask] += self.concentration(dt[mask], dose)
        return c

    @property
    def cmax_per_mg(self):
        return self.concentration(self.tmax, 1.0)


def two_compartment_iv(dose, CL, V1, Q, V2, t):
    k10, k12, k21 = CL / V1, Q / V1, Q / V2
    s = k10 + k12 + k21
    beta = 0.5 * (s - np.sqrt(s**2 - 4 * k21 * k10))
    alpha = k21 * k10 / beta
    A = (alpha - k21) / (alpha - beta) / V1
    B = (k21 - beta) / (alpha - beta) / V1
    return dose * (A * np.exp(-alpha * t) + B * np.exp(-beta * t))


def auc_trapz(t, c):
    auc = 0.0
    for i in range(1, len(t)):
        if c[i] < c[i-1]:
            auc += (c[i-1] - c[i]) / np.log(c[i-1] / c[i]) * (t[i] - t[i-1])
        else:
            auc += 0.5 * (c[i] + c[i-1]) * (t[i] - t[i-1])
    lam = np.log(c[-2] / c[-1]) / (t[-1] - t[-2])
    return auc + c[-1] / lam


def steady_profile(ka, CL, V, dose):
    t = np.linspace(49.0, 71.0, 12)
    return OneCompartmentOral(ka, CL, V, F=0.8).multiple_dose(t, dose, 12.0, 6)


def cmax(ka, CL, V):
    return OneCompartmentOral(ka, CL, V).cmax_per_mg


PROGRAMS = [
    (steady_profile, (1.1, 3.5, 30.0, 200.0)),
    (cmax, (0.9, 4.0, 25.0)),
    (two_compartment_iv, (100.0, 5.0, 12.0, 3.0, 20.0, np.array([0.25, 0.5, 1., 2., 4., 8.]))),
    (auc_trapz, (np.array([0.5, 1., 2., 4., 6., 9.]), np.array([2.1, 5.4, 6.2, 4.1, 2.6, 1.1]))),
]
