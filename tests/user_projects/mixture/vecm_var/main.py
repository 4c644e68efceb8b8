import numpy as np

# R's vars::VAR, roughly


def lagmat(Y, p):
    T = Y.shape[0]
    Z = [np.ones((T - p, 1))]
    for l in range(1, p + 1):
        Z.append(Y[p - l:T - l])
    return np.hstack(Z)


def var_fit(Y, p):
    Z = lagmat(Y, p)
    B, *_ = np.linalg.lstsq(Z, Y[p:], rcond=None)
    U = Y[p:] - Z @ B
    Sigma = U.T @ U / (Z.shape[0] - Z.shape[1])
    return B, Sigma


def orth_irf(Y, horizon=4):
    B, Sigma = var_fit(Y, 1)
    A = B[1:].T
    P = np.linalg.cholesky(Sigma)
    return np.array([np.linalg.matrix_power(A, h) @ P for h in range(horizon)])


def var_forecast(Y, p, steps):
    B, _ = var_fit(Y, p)
    hist = list(Y)
    for s in range(steps):
        z = np.r_[1.0, np.concatenate(hist[-1:-p-1:-1])]
        hist.append(z @ B)
    return np.array(hist[-steps:])


rs = np.random.RandomState(5)
Ydat = np.cumsum(rs.randn(24, 2) * 0.3, axis=0) * 0.5 + rs.randn(24, 2)
PROGRAMS = [(orth_irf, (Ydat,)), (var_forecast, (Ydat, 2, 3))]
