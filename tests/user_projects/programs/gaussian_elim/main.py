import numpy as np


def gauss_partial_pivot(A, b):
    A = A.astype(float).copy()
    b = b.astype(float).copy()
    n = len(b)
    for k in range(n - 1):
        p = np.argmax(np.abs(A[k:, k])) + k
        if p != k:
            A[[k, p]] = A[[p, k]]
            b[[k, p]] = b[[p, k]]
        for i in range(k + 1, n):
            m = A[i, k] / A[k, k]
            A[i, k:] -= m * A[k, k:]
            b[i] -= m * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - np.dot(A[i, i+1:], x[i+1:])) / A[i, i]
    return x


def lu_doolittle(A):
    n = A.shape[0]
    L = np.eye(n)
    U = np.zeros((n, n))
    for i in range(n):
        for j in range(i, n):
            U[i, j] = A[i, j] - sum(L[i, k] * U[k, j] for k in range(i))
        for j in range(i + 1, n):
            L[j, i] = (A[j, i] - sum(L[j, k] * U[k, i] for k in range(i))) / U[i, i]
    return L, U


def det_lu(A):
    L, U = lu_doolittle(A)
    d = 1
    for i in range(len(A)):
        d *= U[i][i]
    return d


A = np.array([[2.0, 1.0, -1.0, 0.3], [-3.0, -1.0, 2.0, 0.1], [-2.0, 1.0, 2.0, -0.5], [0.4, 0.2, 1.0, 3.0]])
b = np.array([8.0, -11.0, -3.0, 1.0])
PROGRAMS = [(gauss_partial_pivot, (A, b)), (det_lu, (A,))]
