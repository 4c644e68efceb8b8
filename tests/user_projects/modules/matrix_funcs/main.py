from numpy import array, dot, eye, zeros, sqrt, diag, outer, sign, trace, copy
import numpy.linalg as LA


def expm(A, q=6):
    """Pade approximation to the matrix exponential."""
    n = A.shape[0]
    s = 2
    A = A / 2.0 ** s
    X = copy(A)
    c = 0.5
    N = eye(n) + c * A
    D = eye(n) - c * A
    p = True
    for k in range(2, q + 1):
        c = c * (q - k + 1) / (k * (2 * q - k + 1))
        X = dot(A, X)
        cX = c * X
        N = N + cX
        D = D + cX if p else D - cX
        p = not p
    E = LA.solve(D, N)
    for k in range(s):
        E = dot(E, E)
    return E


def sqrtm_db(A, niter=10):
    """Denman-Beavers."""
    Y, Z = A, eye(len(A))
    for _ in range(niter):
        Y, Z = 0.5 * (Y + LA.inv(Z)), 0.5 * (Z + LA.inv(Y))
    return Y


def householder_qr(A):
    m, n = A.shape
    R = A.copy()
    Q = eye(m)
    for k in range(n - (m == n)):
        x = R[k:, k]
        e = zeros(len(x))
        e[0] = 1
        v = x + sign(x[0]) * LA.norm(x) * e
        v = v / LA.norm(v)
        R[k:, k:] -= 2 * outer(v, dot(v, R[k:, k:]))
        Q[:, k:] -= 2 * outer(dot(Q[:, k:], v), v)
    return Q, R


def eig_by_qr(A, niter=40):
    T = A
    for _ in range(niter):
        Q, R = householder_qr(T)
        T = dot(R, Q)
    return diag(T)


M = array([[4., 1., .5], [1., 2., .3], [.5, .3, 1.]])
PROGRAMS = [(expm, (0.3 * M,)), (sqrtm_db, (M,)), (eig_by_qr, (M, 12))]
