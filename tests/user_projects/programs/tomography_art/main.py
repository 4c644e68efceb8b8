import numpy as np


def build_system(n):
    rows = []
    # row and column sums, plus the two diagonals
    for i in range(n):
        m = np.zeros((n, n)); m[i, :] = 1
        rows.append(m.ravel())
    for j in range(n):
        m = np.zeros((n, n)); m[:, j] = 1
        rows.append(m.ravel())
    rows.append(np.eye(n).ravel())
    rows.append(np.fliplr(np.eye(n)).ravel())
    return np.array(rows)


def kaczmarz(A, b, sweeps, relax=0.9):
    x = np.zeros(A.shape[1])
    for s in range(sweeps):
        for i in range(A.shape[0]):
            ai = A[i]
            x += relax * (b[i] - ai @ x) / (ai @ ai) * ai
    return x


def reconstruct(image, relax):
    n = image.shape[0]
    A = build_system(n)
    b = A @ image.flatten()
    return kaczmarz(A, b, 4, relax).reshape(n, n)


PROGRAMS = [(reconstruct, (np.array([[1.0, 2.0, 0.5], [0.3, 4.0, 1.0], [2.0, 0.1, 0.7]]), 0.8))]
