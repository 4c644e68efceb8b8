import numpy as np


def crr_params(sigma, T, N, r):
    dt = T / N
    u = np.exp(sigma * np.sqrt(dt))
    d = 1 / u
    p = (np.exp(r * dt) - d) / (u - d)
    return dt, u, d, p


def stock_tree(S0, u, d, N):
    S = np.zeros((N + 1, N + 1))
    for i in range(N + 1):
        for j in range(i + 1):
            S[j, i] = S0 * u**(i - j) * d**j
    return S


def european(S0, K, T, r, sigma, N=12):
    dt, u, d, p = crr_params(sigma, T, N, r)
    S = stock_tree(S0, u, d, N)
    C = np.maximum(S[:, N] - K, 0)
    for i in range(N - 1, -1, -1):
        C = np.exp(-r * dt) * (p * C[:-1] + (1 - p) * C[1:])
    return C[0]


def american_put(S0, K, T, r, sigma, N=10):
    dt, u, d, p = crr_params(sigma, T, N, r)
    disc = np.exp(-r * dt)
    S = stock_tree(S0, u, d, N)
    V = np.zeros((N + 1, N + 1))
    V[:, N] = np.maximum(K - S[:, N], 0)
    for i in range(N - 1, -1, -1):
        for j in range(i + 1):
            cont = disc * (p * V[j, i + 1] + (1 - p) * V[j + 1, i + 1])
            exercise = K - S[j, i]
            if exercise > cont:
                V[j, i] = exercise
            else:
                V[j, i] = cont
    return V[0, 0]


PROGRAMS = [(european, (100.0, 103.0, 1.0, 0.05, 0.2)), (american_put, (50.0, 52.0, 0.5, 0.06, 0.3))]
