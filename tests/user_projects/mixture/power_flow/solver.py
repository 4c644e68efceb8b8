import numpy as np


def gauss_seidel(Y, P, Q, v_slack=1.0, n_iter=40):
    n = len(Y)
    V = np.ones(n, dtype=complex)
    V[0] = v_slack
    for it in range(n_iter):
        for i in range(1, n):
            s = sum(Y[i, k] * V[k] for k in range(n) if k != i)
            V[i] = ((P[i] - 1j * Q[i]) / np.conj(V[i]) - s) / Y[i, i]
    return V


def injections(Y, V):
    S = V * np.conj(Y @ V)
    return S.real, S.imag
