"""Direct stiffness method for a plane truss -- CE 311 homework 4"""
import numpy as np

nodes = np.array([[0.0, 0.0],
                  [4.0, 0.0],
                  [4.0, 3.0],
                  [0.0, 3.0]])
elems = [(0, 1), (1, 2), (0, 2), (2, 3), (1, 3)]
fixed = [0, 1, 6, 7]


def bar_stiffness(E, A, xi, xj):
    dx = xj - xi
    L = np.linalg.norm(dx)
    c = dx[0] / L
    s = dx[1] / L
    k = np.array([[c*c, c*s, -c*c, -c*s],
                  [c*s, s*s, -c*s, -s*s],
                  [-c*c, -c*s, c*c, c*s],
                  [-c*s, -s*s, c*s, s*s]])
    return E * A / L * k


def dof_map(i, j):
    return [2*i, 2*i + 1, 2*j, 2*j + 1]


def assemble(coords, E, areas):
    n = 2 * len(coords)
    K = np.zeros((n, n))
    for e, (i, j) in enumerate(elems):
        ke = bar_stiffness(E, areas[e], coords[i], coords[j])
        d = dof_map(i, j)
        K[np.ix_(d, d)] += ke
    return K


def solve(K, F):
    free = [d for d in range(K.shape[0]) if d not in fixed]
    u = np.zeros(K.shape[0])
    u[free] = np.linalg.solve(K[np.ix_(free, free)], F[free])
    return u


def member_forces(coords, E, areas, u):
    N = np.zeros(len(elems))
    for e, (i, j) in enumerate(elems):
        dx = coords[j] - coords[i]
        L = np.sqrt(dx @ dx)
        n = dx / L
        du = u[2*j:2*j+2] - u[2*i:2*i+2]
        N[e] = E * areas[e] / L * n.dot(du)
    return N


def tip_displacement(E, areas, load):
    K = assemble(nodes, E, areas)
    F = np.zeros(8)
    F[5] = -load
    u = solve(K, F)
    return u[5]


def forces(areas, load):
    K = assemble(nodes, 200e3, areas)
    F = np.zeros(8)
    F[3] = -load
    F[4] = 0.3 * load
    u = solve(K, F)
    return member_forces(nodes, 200e3, areas, u)


def compliance(coords):
    K = assemble(coords, 70.0, np.full(len(elems), 1.5))
    F = np.zeros(8)
    F[[4, 5]] = [1.0, -2.0]
    u = solve(K, F)
    return 0.5 * F @ u


PROGRAMS = [
    (tip_displacement, (210.0, np.array([1.0, 1.2, 0.8, 1.0, 0.9]), 10.0)),
    (forces, (np.array([1.0, 1.2, 0.8, 1.0, 0.9]), 10.0)),
    (compliance, (nodes,)),
]
