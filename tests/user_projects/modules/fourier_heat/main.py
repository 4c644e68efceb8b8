# Spectral methods, project 3 (after Trefethen)
import numpy as np
from numpy.fft import fft, ifft


def cheb(N):
    x = np.cos(np.pi * np.arange(0, N + 1) / N)
    c = np.hstack([2, np.ones(N - 1), 2]) * (-1) ** np.arange(0, N + 1)
    X = np.tile(x, (N + 1, 1)).T
    dX = X - X.T
    D = np.outer(c, 1. / c) / (dX + np.eye(N + 1))
    D = D - np.diag(D.sum(axis=1))
    return D, x


def kdv(u0, dt, nsteps):
    """Integrating factor RK4 for KdV on [-pi, pi]."""
    N = len(u0)
    k = np.r_[0:N // 2, 0, -N // 2 + 1:0]
    ik3 = 1j * k ** 3
    v = fft(u0)
    g = -.5j * dt * k
    E = np.exp(dt * ik3 / 2)
    E2 = E ** 2
    for n in range(nsteps):
        a = g * fft(np.real(ifft(v)) ** 2)
        b = g * fft(np.real(ifft(E * (v + a / 2))) ** 2)
        c = g * fft(np.real(ifft(E * v + b / 2)) ** 2)
        d = g * fft(np.real(ifft(E2 * v + E * c)) ** 2)
        v = E2 * v + (E2 * a + 2 * E * (b + c) + d) / 6
    return np.real(ifft(v))


def allen_cahn(eps, amp):
    D, x = cheb(10)
    D2 = np.dot(D, D)
    D2[0, :] = 0
    D2[-1, :] = 0
    v = .53 * x + amp * np.sin(-1.5 * np.pi * x)
    dt = .005
    for i in range(20):
        v = v + dt * (np.dot(eps * D2, v) + v - v ** 3) * (np.abs(x) < 1)
    return v


x = -np.pi + 2 * np.pi * np.arange(16) / 16
PROGRAMS = [(allen_cahn, (.012, .47)), (kdv, (np.cos(x) + .2 * np.sin(2 * x), 0.002, 6))]
