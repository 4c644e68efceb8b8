# Poisson equation on the unit square, several solvers
import numpy as np


def laplacian_matrix(N, h):
    T = np.diag(-4 * np.ones(N)) + np.diag(np.ones(N - 1), 1) + np.diag(np.ones(N - 1), -1)
    A = np.kron(np.eye(N), T) + np.kron(np.diag(np.ones(N - 1), 1), np.eye(N)) \
        + np.kron(np.diag(np.ones(N - 1), -1), np.eye(N))
    return A / h ** 2


def direct(f):
    N = f.shape[0]
    h = 1.0 / (N + 1)
    A = laplacian_matrix(N, h)
    return np.linalg.solve(A, f.ravel(order='F')).reshape((N, N), order='F')


def sor(f, top, omega=1.5, niter=15):
    n = f.shape[0] + 2
    h = 1.0 / (n - 1)
    u = np.zeros((n, n))
    u[0, :] = top
    for it in range(niter):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                res = 0.25 * (u[i + 1, j] + u[i - 1, j] + u[i, j + 1] + u[i, j - 1] - h * h * f[i - 1, j - 1])
                u[i, j] = (1 - omega) * u[i, j] + omega * res
    return u[1:-1, 1:-1]


def jacobi(f, left):
    n = f.shape[0] + 2
    u = np.zeros((n, n))
    u[:, 0] = left
    h2 = (1.0 / (n - 1)) ** 2
    for it in range(20):
        u[1:-1, 1:-1] = 0.25 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - h2 * f)
    return u


F = np.sin(np.arange(16.).reshape(4, 4))
PROGRAMS = [(direct, (F,)), (sor, (F, 1.3, 1.4)), (jacobi, (F, np.linspace(0.5, 1.5, 6)))]
