import numpy as np


def deriv(y, t, N, beta, gamma):
    S, I, R = y
    dSdt = -beta * S * I / N
    dIdt = beta * S * I / N - gamma * I
    dRdt = gamma * I
    return np.array([dSdt, dIdt, dRdt])


def rk4(f, y0, t, args=()):
    n = len(t)
    y = np.zeros((n, len(y0)))
    y[0] = y0
    for i in range(n - 1):
        h = t[i+1] - t[i]
        k1 = f(y[i], t[i], *args)
        k2 = f(y[i] + k1 * h / 2., t[i] + h / 2., *args)
        k3 = f(y[i] + k2 * h / 2., t[i] + h / 2., *args)
        k4 = f(y[i] + k3 * h, t[i] + h, *args)
        y[i+1] = y[i] + (h / 6.) * (k1 + 2*k2 + 2*k3 + k4)
    return y


def run_sir(beta, gamma, I0):
    N = 1000.
    t = np.linspace(0, 40, 41)
    sol = rk4(deriv, [N - I0, I0, 0.], t, args=(N, beta, gamma))
    return sol[:, 1]


def sse(params, data):
    beta, gamma = params
    I = run_sir(beta, gamma, 3.0)
    return np.sum((I[::5] - data)**2) / len(data)


def final_size(R0):
    # z = 1 - exp(-R0 z), Newton
    z = 0.8
    for k in range(50):
        g = z - 1 + np.exp(-R0 * z)
        dz = g / (1 - R0 * np.exp(-R0 * z))
        z = z - dz
        if abs(dz) < 1e-13:
            break
    return z


PROGRAMS = [
    (run_sir, (0.45, 0.12, 2.0)),
    (sse, (np.array([0.4, 0.1]), np.array([3., 14., 60., 190., 330., 340., 270., 190., 120.]))),
    (final_size, (2.3,)),
]
