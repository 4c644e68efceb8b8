import numpy as np


def unit(v):
    return v / np.linalg.norm(v)


def refract(d, n, n1, n2):
    """Snell's law in vector form. d, n unit vectors."""
    mu = n1 / n2
    cosi = -np.dot(n, d)
    if cosi < 0:
        n = -n
        cosi = -cosi
    k = 1 - mu ** 2 * (1 - cosi ** 2)
    if k < 0:
        return None
    return mu * d + (mu * cosi - np.sqrt(k)) * n
