import numpy as np
import math


def _hill(dose, ec50, n, top):
    if dose <= 0:
        return 0.0
    return top / (1.0 + math.exp(-n * (math.log(dose) - math.log(ec50))))


hill = np.vectorize(_hill, otypes=[float])


def residual_ss(ec50, n, top):
    doses = np.array([0.1, 0.3, 1., 3., 10., 30.])
    resp = np.array([2.1, 9.5, 31., 64., 88., 97.])
    return np.sum((hill(doses, ec50, n, top) - resp) ** 2)


PROGRAMS = [(residual_ss, (2.4, 1.1, 104.0))]
