import numpy as np

# 2-D pin jointed truss, direct stiffness method
# (ported from my MATLAB code)

nodes = np.array([[0., 0.], [4., 0.], [8., 0.], [2., 3.], [6., 3.]])
elements = [(0, 1), (1, 2), (0, 3), (1, 3), (1, 4), (2, 4), (3, 4)]
fixed = [0, 1, 5]


def assemble(xy, A, E):
    ndof = 2 * xy.shape[0]
    K = np.zeros((ndof, ndof))
    for e, (i, j) in enumerate(elements):
        dx, dy = xy[j] - xy[i]
        L = np.sqrt(dx**2 + dy**2)
        c = dx / L
        s = dy / L
        k = E * A[e] / L * np.array([[c*c, c*s, -c*c, -c*s],
                                     [c*s, s*s, -c*s, -s*s],
                                     [-c*c, -c*s, c*c, c*s],
                                     [-c*s, -s*s, c*s, s*s]])
        dof = [2*i, 2*i+1, 2*j, 2*j+1]
        K[np.ix_(dof, dof)] += k
    return K


def solve_truss(xy, A, E, P):
    K = assemble(xy, A, E)
    F = np.zeros(K.shape[0])
    F[3] = -P
    F[8] = 0.5 * P
    free = np.setdiff1d(np.arange(K.shape[0]), fixed)
    U = np.zeros(K.shape[0])
    U[free] = np.linalg.solve(K[np.ix_(free, free)], F[free])
    return U


def tip_displacement(A, E, P):
    U = solve_truss(nodes, A, E, P)
    return U[3]


def member_stresses(xy, A, P):
    E = 200.0
    U = solve_truss(xy, A, E, P)
    N = []
    for e, (i, j) in enumerate(elements):
        d = xy[j] - xy[i]
        L = np.linalg.norm(d)
        elong = np.dot(d / L, U[2*j:2*j+2] - U[2*i:2*i+2])
        N.append(E / L * elong)
    return np.array(N)


def compliance(A):
    U = solve_truss(nodes, A, 210., 10.)
    return 10. * (0.5 * U[8] - U[3])


A0 = np.array([1.0, 1.2, 0.8, 0.9, 1.1, 1.0, 1.5])
PROGRAMS = [
    (tip_displacement, (A0, 210.0, 15.0)),
    (member_stresses, (nodes + np.array([[.1, .05], [.1, -.05], [0, .1], [.2, .1], [-.1, .2]]), A0, 12.0)),
]
