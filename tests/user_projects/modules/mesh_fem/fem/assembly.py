import numpy as np

GAUSS2 = (np.array([-1.0, 1.0]) / np.sqrt(3.0), np.array([1.0, 1.0]))


def assemble_stiffness(mesh, coef):
    """Global stiffness, coef is one value per element."""
    K = np.zeros((mesh.nnodes, mesh.nnodes))
    for e, (nodes, h) in enumerate(zip(mesh.elements, mesh.h)):
        ke = coef[e] / h * np.array([[1., -1.], [-1., 1.]])
        K[np.ix_(nodes, nodes)] += ke
    return K


def assemble_load(mesh, f):
    F = np.zeros(mesh.nnodes)
    xi, w = GAUSS2
    for e in range(mesh.nelem):
        i, j = mesh.elements[e]
        x1, x2 = mesh.nodes[i], mesh.nodes[j]
        h = x2 - x1
        fe = np.zeros(2)
        for k in range(len(xi)):
            N = np.array([0.5 * (1 - xi[k]), 0.5 * (1 + xi[k])])
            x = N[0] * x1 + N[1] * x2
            fe += w[k] * f(x) * N * h / 2
        np.add.at(F, [i, j], fe)
    return F


def apply_dirichlet(K, F, dofs, values):
    K = K.copy()
    F = F.copy()
    for d, v in zip(dofs, values):
        F -= K[:, d] * v
        K[d, :] = 0
        K[:, d] = 0
        K[d, d] = 1
        F[d] = v
    return K, F
