"""Fission product buildup with bateman chain, homework."""
import numpy as np


def bateman(lam, N1, t):
    """Number of atoms of each nuclide in a linear chain at time t."""
    n = lam.size
    N = np.zeros(n)
    for i in range(1, n + 1):
        total = 0.0
        for j in range(1, i + 1):
            den = 1.0
            for k in range(1, i + 1):
                if k != j:
                    den = den * (lam[k - 1] - lam[j - 1])
            total = total + np.exp(-lam[j - 1] * t) / den
        N[i - 1] = N1 * np.prod(lam[:i - 1]) * total
    return N, (lam * N).sum()


PROGRAMS = [(bateman, (np.array([.5, 1.3, .2, .9]), 100.0, 2.0))]
