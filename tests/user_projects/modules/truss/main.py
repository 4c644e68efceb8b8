"""Plane truss by the stiffness method, converted from truss.m"""
from numpy import *
from numpy.linalg import solve


def truss(node, conn, E, A, load, fixed):
    nn = node.shape[0]
    ne = conn.shape[0]
    K = zeros((2 * nn, 2 * nn))
    for e in range(ne):
        n1 = conn[e, 0] - 1          # 1-based connectivity
        n2 = conn[e, 1] - 1
        x1 = node[n1, 0]; y1 = node[n1, 1]
        x2 = node[n2, 0]; y2 = node[n2, 1]
        Le = sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2)
        c = (x2 - x1) / Le
        s = (y2 - y1) / Le
        T = array([[c, s, 0, 0], [0, 0, c, s]])
        ke = E * A[e] / Le * array([[1, -1], [-1, 1]])
        kg = dot(T.T, dot(ke, T))
        sctr = [2 * n1, 2 * n1 + 1, 2 * n2, 2 * n2 + 1]
        for i in range(4):
            for j in range(4):
                K[sctr[i], sctr[j]] = K[sctr[i], sctr[j]] + kg[i, j]
    free = setdiff1d(arange(2 * nn), array(fixed))
    U = zeros((2 * nn, 1))
    F = load.reshape(-1, 1)
    U[free] = solve(K[ix_(free, free)], F[free])
    R = dot(K, U) - F
    stress = zeros(ne)
    for e in range(ne):
        n1, n2 = conn[e] - 1
        d = node[n2] - node[n1]
        Le = sqrt(dot(d, d))
        u = U[2 * n2:2 * n2 + 2, 0] - U[2 * n1:2 * n1 + 2, 0]
        stress[e] = E * dot(d, u) / Le ** 2
    return U, R, stress


def max_disp(node, E, A, P):
    load = zeros(8)
    load[5] = -P
    load[6] = 0.5 * P
    U, R, s = truss(node, CONN, E, A, load, [0, 1, 2, 3])
    return abs(U).max(), s


def compliance(A, load):
    U, _, _ = truss(NODE, CONN, 200.0, A, load, [0, 1, 2, 3])
    return float(dot(load, U[:, 0]))


NODE = array([[0., 0.], [0., 1.], [1., 0.1], [1.1, 1.]])
CONN = array([[1, 3], [2, 3], [2, 4], [3, 4], [1, 4]])
PROGRAMS = [
    (max_disp, (NODE, 200.0, array([1., 1.2, .8, .9, 1.1]), 3.0)),
    (compliance, (array([1., 1.2, .8, .9, 1.1]), array([0., 0., 0., 0., 1., -2., .5, -1.]))),
]
