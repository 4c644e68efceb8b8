import numpy as np


def lineweaver_burk(S, v, weights=None):
    """Estimate Vmax and Km from initial rates.

    weights : None or 'v4' (Wilkinson weighting)
    """
    S = np.asarray(S, dtype=float)
    v = np.asarray(v, dtype=float)
    assert S.shape == v.shape, "S and v must have same shape"
    if (S <= 0).any() or (v <= 0).any():
        raise ValueError("substrate and rates must be positive")
    x, y = 1. / S, 1. / v
    if weights is None:
        slope, icpt = np.polyfit(x, y, 1)
    elif weights == 'v4':
        slope, icpt = np.polyfit(x, y, 1, w=v ** 2)
    else:
        raise ValueError('weights=%s' % weights)
    vmax = 1. / icpt
    return vmax, slope * vmax


PROGRAMS = [
    (lineweaver_burk, (np.array([.5, 1., 2., 5., 10.]), np.array([.32, .51, .77, 1.02, 1.21]))),
    (lineweaver_burk, (np.array([.5, 1., 2., 5., 10.]), np.array([.32, .51, .77, 1.02, 1.21]), 'v4')),
]
