import numpy as np

returns = np.array([0.8, -1.1, 0.3, 1.9, -2.2, 0.6, 0.1, -0.7, 1.4, -0.2,
                    0.5, -1.6, 2.4, -0.9, 0.4, 0.2, -0.3, 1.0, -1.3, 0.7])


def garch_filter(omega, alpha, beta, r):
    T = len(r)
    h = np.empty(T)
    h[0] = np.var(r)
    for t in range(1, T):
        h[t] = omega + alpha * r[t-1]**2 + beta * h[t-1]
    return h


def loglik(params, r):
    omega, alpha, beta = params
    if alpha + beta >= 1 or omega <= 0:
        return -1e10
    h = garch_filter(omega, alpha, beta, r)
    return -0.5 * np.sum(np.log(2*np.pi) + np.log(h) + r**2 / h)


def forecast(params, r, horizon=5):
    omega, alpha, beta = params
    h = garch_filter(omega, alpha, beta, r)
    f = [omega + alpha * r[-1]**2 + beta * h[-1]]
    while len(f) < horizon:
        f.append(omega + (alpha + beta) * f[-1])
    return np.sqrt(np.array(f))


PROGRAMS = [
    (loglik, (np.array([0.2, 0.12, 0.75]), returns)),
    (forecast, (np.array([0.2, 0.12, 0.75]), returns, 6)),
]
