import numpy as np


def muskingum_route(inflow, K, X, dt=1.0, q0=None):
    """Route a hydrograph through a reach."""
    inflow = np.asarray(inflow, dtype=np.float64)
    D = 2 * K * (1 - X) + dt
    C0 = (dt - 2 * K * X) / D
    C1 = (dt + 2 * K * X) / D
    C2 = (2 * K * (1 - X) - dt) / D
    if abs(C0 + C1 + C2 - 1) > 1e-8:
        raise RuntimeError('Muskingum coefficients must sum to 1, got %f' % (C0 + C1 + C2))
    out = np.zeros_like(inflow)
    out[0] = inflow[0] if q0 is None else q0
    for i in range(1, len(inflow)):
        out[i] = C0 * inflow[i] + C1 * inflow[i - 1] + C2 * out[i - 1]
    return out


PROGRAMS = [(muskingum_route, (np.array([10., 14., 25., 40., 38., 30., 21., 15., 12.]), 2.3, 0.15))]
