"""Shooting and finite difference for two point BVPs (homework 7)."""
import numpy as np

N_GRID = 12


def rk4_system(f, y, a, b, n):
    h = (b - a) / n
    x = a
    for i in range(n):
        k1 = h * f(x, y)
        k2 = h * f(x + h / 2, y + k1 / 2)
        k3 = h * f(x + h / 2, y + k2 / 2)
        k4 = h * f(x + h, y + k3)
        y = y + (k1 + 2 * k2 + 2 * k3 + k4) / 6
        x = x + h
    return y


def shooting(q, alpha, beta, a=0.0, b=1.0, tol=None):
    """y'' = -q sin(y), y(a)=alpha, y(b)=beta, secant on the slope."""
    f = lambda x, y: np.array([y[1], -q * np.sin(y[0])])
    s0, s1 = 0.0, 1.0
    F0 = rk4_system(f, np.array([alpha, s0]), a, b, 15)[0] - beta
    F1 = rk4_system(f, np.array([alpha, s1]), a, b, 15)[0] - beta
    for it in range(4):
        s2 = s1 - F1 * (s1 - s0) / (F1 - F0)
        s0, F0 = s1, F1
        s1 = s2
        F1 = rk4_system(f, np.array([alpha, s1]), a, b, 15)[0] - beta
        if tol is not None and abs(F1) < tol:
            break
    return s1


def newton_fd(eps, u0, u1):
    """eps u'' + u u' - u = 0 by Newton on the FD system."""
    n = N_GRID
    h = 1.0 / (n + 1)
    u = np.linspace(u0, u1, n + 2)
    for k in range(6):
        F = np.zeros(n)
        J = np.zeros((n, n))
        for i in range(1, n + 1):
            F[i - 1] = eps * (u[i + 1] - 2 * u[i] + u[i - 1]) / h ** 2 \
                + u[i] * (u[i + 1] - u[i - 1]) / (2 * h) - u[i]
            J[i - 1, i - 1] = -2 * eps / h ** 2 + (u[i + 1] - u[i - 1]) / (2 * h) - 1
            if i > 1:
                J[i - 1, i - 2] = eps / h ** 2 - u[i] / (2 * h)
            if i < n:
                J[i - 1, i] = eps / h ** 2 + u[i] / (2 * h)
        u[1:-1] -= np.linalg.solve(J, F)
    return u


PROGRAMS = [(shooting, (1.7, 0.3, 1.1)), (newton_fd, (0.3, 0.5, 1.4))]
