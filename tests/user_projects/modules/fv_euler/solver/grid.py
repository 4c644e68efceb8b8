import numpy as np
from .flux import SCHEMES


def minmod(a, b):
    return np.where(a * b > 0, np.where(np.abs(a) < np.abs(b), a, b), 0.0)


class Simulation:
    def __init__(self, rho, u, p, dx, flux='hll', limiter=None, gamma=1.4):
        if flux not in SCHEMES:
            raise KeyError("flux must be one of %s" % ', '.join(sorted(SCHEMES)))
        self.flux = SCHEMES[flux]
        self.limiter = limiter
        self.dx = dx
        self.U = np.stack([rho, rho * u, p / (gamma - 1) + 0.5 * rho * u ** 2])
        self.t = 0.0

    def rhs(self, U):
        Ug = np.pad(U, ((0, 0), (2, 2)), mode='edge')
        if self.limiter is None:
            slope = np.zeros_like(Ug[:, 1:-1])
        else:
            d = np.diff(Ug, axis=1)
            slope = self.limiter(d[:, :-1], d[:, 1:])
        UL = Ug[:, 1:-2] + 0.5 * slope[:, :-1]
        UR = Ug[:, 2:-1] - 0.5 * slope[:, 1:]
        F = self.flux(UL, UR)
        return -(F[:, 1:] - F[:, :-1]) / self.dx

    def advance(self, dt, n):
        for _ in range(n):
            U1 = self.U + dt * self.rhs(self.U)
            self.U = 0.5 * (self.U + U1 + dt * self.rhs(U1))
            self.t += dt
        return self
