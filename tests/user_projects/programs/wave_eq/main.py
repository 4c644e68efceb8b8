import numpy as np


def initial(x, amp, width):
    return amp * np.exp(-((x - 0.3) / width)**2)


def laplacian(u, dx):
    lap = np.zeros_like(u)
    lap[1:-1] = (u[2:] - 2 * u[1:-1] + u[:-2]) / dx**2
    return lap


def solve(amp, width, c):
    x = np.linspace(0, 1, 41)
    dx = x[1] - x[0]
    dt = 0.4 * dx
    u = initial(x, amp, width)
    u[0] = u[-1] = 0
    u_prev = u.copy()
    for n in range(40):
        u_next = 2 * u - u_prev + c**2 * dt**2 * laplacian(u, dx)
        u_prev, u = u, u_next
    return u[::5]


PROGRAMS = [(solve, (1.0, 0.1, 1.2))]
