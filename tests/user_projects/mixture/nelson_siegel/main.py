from dataclasses import dataclass
from typing import Tuple
import numpy as np


@dataclass
class NelsonSiegelCurve:
    """Nelson-Siegel yield curve (continuously compounded)."""
    beta0: float
    beta1: float
    beta2: float
    tau: float

    def factors(self, T) -> Tuple[np.ndarray, np.ndarray]:
        T = np.asarray(T)
        x = T / self.tau
        f1 = (1 - np.exp(-x)) / x
        f2 = f1 - np.exp(-x)
        return f1, f2

    def zero(self, T):
        f1, f2 = self.factors(T)
        return self.beta0 + self.beta1 * f1 + self.beta2 * f2

    def __call__(self, T):
        return self.zero(T)

    def discount(self, T):
        return np.exp(-self.zero(T) * T)

    def forward(self, T):
        x = T / self.tau
        return self.beta0 + self.beta1 * np.exp(-x) + self.beta2 * x * np.exp(-x)


@dataclass(frozen=True)
class Bond:
    coupon: float
    maturity: int
    freq: int = 2
    face: float = 100.0

    def cashflows(self):
        n = self.maturity * self.freq
        times = np.arange(1, n + 1) / self.freq
        cfs = np.full(n, self.coupon * self.face / self.freq)
        cfs[-1] += self.face
        return times, cfs

    def price(self, curve):
        t, cf = self.cashflows()
        return float(np.sum(cf * curve.discount(t)))

    def ytm(self, price):
        t, cf = self.cashflows()
        y = self.coupon
        for _ in range(30):
            d = np.exp(-y * t)
            f = np.dot(cf, d) - price
            df = -np.dot(cf * t, d)
            y = y - f / df
            if abs(f) < 1e-11:
                break
        return y


def bond_price(b0, b1, b2, tau, coupon):
    return Bond(coupon, 7).price(NelsonSiegelCurve(b0, b1, b2, tau))


def yield_to_maturity(coupon, price):
    return Bond(coupon=coupon, maturity=5).ytm(price)


def forward_rates(beta, tau):
    c = NelsonSiegelCurve(*beta, tau=tau)
    return c.forward(np.array([0.5, 1, 2, 5, 10, 30])) - c([0.5, 1, 2, 5, 10, 30])


PROGRAMS = [
    (bond_price, (0.04, -0.02, 0.01, 1.8, 0.035)),
    (yield_to_maturity, (0.05, 97.4)),
    (forward_rates, (np.array([0.045, -0.015, 0.02]), 2.1)),
]
