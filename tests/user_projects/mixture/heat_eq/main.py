import numpy as np


def thomas(a, b, c, d):
    """TDMA solver, overwrites copies of b and d. Ported from Fortran."""
    n = len(d)
    bc, dc = b.copy(), d.copy()
    for i in range(1, n):
        m = a[i - 1] / bc[i - 1]
        bc[i] = bc[i] - m * c[i - 1]
        dc[i] = dc[i] - m * dc[i - 1]
    x = np.zeros(n)
    x[-1] = dc[-1] / bc[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (dc[i] - c[i] * x[i + 1]) / bc[i]
    return x


def crank_nicolson(u0, D, dx, dt, nt):
    u = u0.copy()
    n = u.size
    r = D * dt / (2 * dx**2)
    main = (1 + 2 * r) * np.ones(n)
    off = -r * np.ones(n - 1)
    main[0] = main[-1] = 1.0
    lower = off.copy()
    upper = off.copy()
    lower[-1] = 0.0
    upper[0] = 0.0
    for k in range(nt):
        rhs = u.copy()
        rhs[1:-1] += r * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = thomas(lower, main, upper, rhs)
    return u


def ftcs_2d(T0, alpha, steps=10):
    T = T0.copy()
    for _ in range(steps):
        Tn = T.copy()
        T[1:-1, 1:-1] = Tn[1:-1, 1:-1] + alpha * (
            Tn[2:, 1:-1] + Tn[:-2, 1:-1] + Tn[1:-1, 2:] + Tn[1:-1, :-2] - 4 * Tn[1:-1, 1:-1])
    return T


u_init = np.sin(np.linspace(0, np.pi, 9)) + 1.0
T_init = np.add.outer(np.arange(5.)**2, np.cos(np.arange(5.))) + 2.0
PROGRAMS = [
    (crank_nicolson, (u_init, 0.8, 0.125, 0.01, 5)),
    (ftcs_2d, (T_init, 0.2)),
]
