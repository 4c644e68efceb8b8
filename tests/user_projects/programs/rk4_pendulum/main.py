import numpy as np


def deriv(state, t, g, L, b):
    theta, omega = state
    return np.array([omega, -g / L * np.sin(theta) - b * omega])


def rk4_step(f, y, t, dt, *args):
    k1 = f(y, t, *args)
    k2 = f(y + dt * k1 / 2, t + dt / 2, *args)
    k3 = f(y + dt * k2 / 2, t + dt / 2, *args)
    k4 = f(y + dt * k3, t + dt, *args)
    return y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def simulate(theta0, omega0, g=9.81, L=1.0, b=0.1, tmax=2.0, n=50):
    dt = tmax / n
    t = 0
    y = np.array([theta0, omega0])
    hist = np.zeros((n + 1, 2))
    hist[0] = y
    for i in range(n):
        y = rk4_step(deriv, y, t, dt, g, L, b)
        t += dt
        hist[i + 1] = y
    return hist


def energy(hist, g, L, m=1.0):
    ke = 0.5 * m * (L * hist[:, 1]) ** 2
    pe = m * g * L * (1 - np.cos(hist[:, 0]))
    return ke + pe


def energy_loss(theta0, omega0, L):
    h = simulate(theta0, omega0, L=L)
    E = energy(h, 9.81, L)
    return E[0] - E[-1]


def final_angle(theta0, b):
    return simulate(theta0, 0.0, b=b)[-1, 0]


PROGRAMS = [(energy_loss, (0.8, 0.1, 1.2)), (final_angle, (1.0, 0.25))]
