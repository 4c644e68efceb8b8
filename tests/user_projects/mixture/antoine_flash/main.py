import numpy as np

# Antoine constants (mmHg, C)
ANTOINE = {
    'benzene': (6.90565, 1211.033, 220.790),
    'toluene': (6.95464, 1344.800, 219.482),
    'p-xylene': (6.99052, 1453.430, 215.307),
}


def psat(component, T):
    A, B, C = ANTOINE[component]
    return 10 ** (A - B / (T + C))


def rachford_rice(z, K, tol=1e-13):
    beta = 0.5
    for it in range(60):
        f = sum(zi * (Ki - 1) / (1 + beta * (Ki - 1)) for zi, Ki in zip(z, K))
        df = -sum(zi * (Ki - 1)**2 / (1 + beta * (Ki - 1))**2 for zi, Ki in zip(z, K))
        step = f / df
        beta -= step
        if abs(step) < tol:
            return beta
    raise RuntimeError("flash did not converge")


def isothermal_flash(z, T, P):
    names = ['benzene', 'toluene', 'p-xylene']
    K = [psat(n, T) / P for n in names]
    beta = rachford_rice(z, K)
    x = np.array([zi / (1 + beta * (Ki - 1)) for zi, Ki in zip(z, K)])
    y = x * np.array(K)
    return beta, x, y


def bubble_point(x, P):
    T = 100.0
    names = list(ANTOINE.keys())
    for i in range(40):
        f = sum(x[k] * psat(n, T) for k, n in enumerate(names)) - P
        h = 0
        for k, n in enumerate(names):
            A, B, C = ANTOINE[n]
            h += x[k] * psat(n, T) * np.log(10) * B / (T + C)**2
        Tnew = T - f / h
        if abs(Tnew - T) < 1e-11:
            T = Tnew
            break
        T = Tnew
    return T


PROGRAMS = [
    (isothermal_flash, (np.array([0.35, 0.4, 0.25]), 104.0, 760.0)),
    (bubble_point, (np.array([0.3, 0.3, 0.4]), 700.0)),
]
