import numpy as np


def bateman(N1, lam, t):
    """n-th member of a decay chain starting with pure N1"""
    n = len(lam)
    total = 0.
    for i in range(n):
        prod = 1.
        for j in range(n):
            if j != i:
                prod *= (lam[j] - lam[i])
        total += np.exp(-lam[i] * t) / prod
    return N1 * np.prod(lam[:-1]) * total


def age(activity_ratio, halflife=5730.0):
    return -halflife / np.log(2) * np.log(activity_ratio)


def semf(A, Z):
    """Weizsaecker binding energy per nucleon"""
    aV, aS, aC, aA, aP = 15.75, 17.8, 0.711, 23.7, 11.18
    delta = 0
    if int(A) % 2 == 0:
        delta = aP / np.sqrt(A) if int(Z) % 2 == 0 else -aP / np.sqrt(A)
    B = aV*A - aS*A**(2/3) - aC*Z*(Z-1)/A**(1/3) - aA*(A-2*Z)**2/A + delta
    return B / A


PROGRAMS = [
    (bateman, (1000.0, np.array([0.5, 0.12, 0.9]), 3.0)),
    (age, (0.62, 5730.0)),
    (semf, (56.4, 26.5)),
]
