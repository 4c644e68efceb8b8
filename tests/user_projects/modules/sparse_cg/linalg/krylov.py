import numpy as np


def cg(A, b, x0=None, maxiter=5, M=None, callback=None):
    x = np.zeros_like(b) if x0 is None else x0.copy()
    r = b - A.dot(x)
    z = r if M is None else M * r
    p = z
    rz = np.dot(r, z)
    for k in range(maxiter):
        Ap = A.dot(p)
        alpha = rz / np.dot(p, Ap)
        x = x + alpha * p
        r = r - alpha * Ap
        z = r if M is None else M * r
        rz_new = np.dot(r, z)
        p = z + rz_new / rz * p
        rz = rz_new
        if callback is not None:
            callback(x)
    return x


def gmres(A, b, m=4):
    n = len(b)
    Q = np.zeros((n, m + 1))
    H = np.zeros((m + 1, m))
    beta = np.linalg.norm(b)
    Q[:, 0] = b / beta
    for j in range(m):
        v = A @ Q[:, j]
        for i in range(j + 1):
            H[i, j] = np.dot(Q[:, i], v)
            v = v - H[i, j] * Q[:, i]
        H[j + 1, j] = np.linalg.norm(v)
        Q[:, j + 1] = v / H[j + 1, j]
    e1 = np.zeros(m + 1)
    e1[0] = beta
    y = np.linalg.lstsq(H, e1, rcond=None)[0]
    return np.dot(Q[:, :m], y)
