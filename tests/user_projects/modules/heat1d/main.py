# Homework 4: 1D heat equation, explicit / Crank-Nicolson
# ported from heat1d.m
import numpy as np

L = 1.0
NX = 21


def initial_condition(x, amp):
    u = np.zeros((len(x), 1))
    for i in range(1, len(x) + 1):
        u[i - 1, 0] = amp * np.sin(np.pi * x[i - 1] / L)
    return u


def explicit(kappa, amp, nt):
    dx = L / (NX - 1)
    dt = 0.2 * dx ** 2
    x = np.linspace(0, L, NX)
    u = initial_condition(x, amp)
    r = kappa * dt / dx ** 2
    for n in range(1, nt + 1):
        unew = u.copy()
        for i in range(2, NX):
            unew[i - 1, 0] = u[i - 1, 0] + r * (u[i, 0] - 2 * u[i - 1, 0] + u[i - 2, 0])
        u = unew
    return u


def crank_nicolson(kappa, u0, dt, nt):
    N = u0.size
    dx = L / (N - 1)
    r = kappa * dt / (2 * dx ** 2)
    A = np.zeros((N, N))
    B = np.zeros((N, N))
    for i in range(1, N - 1):
        A[i, i - 1] = -r
        A[i, i] = 1 + 2 * r
        A[i, i + 1] = -r
        B[i, i - 1] = r
        B[i, i] = 1 - 2 * r
        B[i, i + 1] = r
    A[0, 0] = A[-1, -1] = 1.0
    B[0, 0] = B[-1, -1] = 1.0
    U = np.zeros((nt + 1, N))
    U[0, :] = u0
    for n in range(nt):
        U[n + 1, :] = np.linalg.solve(A, np.dot(B, U[n, :]))
    return U


PROGRAMS = [
    (explicit, (0.9, 1.5, 15)),
    (crank_nicolson, (0.4, np.array([0.2, 0.5, 1.0, 1.3, 0.9, 0.4, 0.1]), 0.01, 6)),
]
