import numpy as np


def solve_kepler(M, e, tol=1e-13, maxiter=50):
    E = M if e < 0.8 else np.pi
    for _ in range(maxiter):
        f = E - e * np.sin(E) - M
        fp = 1 - e * np.cos(E)
        dE = f / fp
        E = E - dE
        if abs(dE) < tol:
            break
    else:
        raise RuntimeError("Kepler's equation did not converge")
    return E


def true_anomaly(E, e):
    return 2 * np.arctan2(np.sqrt(1 + e) * np.sin(E / 2), np.sqrt(1 - e) * np.cos(E / 2))
