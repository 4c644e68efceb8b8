import math
import numpy as np


def pendulum_factor(k, t):
    """AGM -> complete elliptic integrals -> pendulum period"""
    a, b = 1.0, math.sqrt(1 - k * k)
    while abs(a - b) > 1e-14:
        a, b = (a + b) / 2, math.sqrt(a * b)
    K = math.pi / (2 * a)
    return 4 * K * t


def gamma_lanczos(z):
    g = 7
    p = [0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
         -176.61502916214059, 12.507343278686905, -0.13857109526572012,
         9.9843695780195716e-6, 1.5056327351493116e-7]
    if z < 0.5:
        return math.pi / (math.sin(math.pi * z) * gamma_lanczos(1 - z))
    z -= 1
    x = p[0]
    for i in range(1, g + 2):
        x += p[i] / (z + i)
    t = z + g + 0.5
    return math.sqrt(2 * math.pi) * t**(z + 0.5) * math.exp(-t) * x


def weibull_nll(x, k, lam):
    return -np.sum(np.log(k / lam) + (k - 1) * np.log(x / lam) - (x / lam)**k)


def huber(r, delta=1.0):
    a = np.abs(r)
    return np.where(a <= delta, 0.5 * r**2, delta * (a - 0.5 * delta)).sum()


PROGRAMS = [(pendulum_factor, (0.6, 0.5)), (gamma_lanczos, (0.35,)),
            (weibull_nll, (np.array([0.8, 1.5, 2.2, 0.4]), 1.4, 1.2)),
            (huber, (np.array([0.3, -2.1, 1.6, -0.4]), 1.2))]
