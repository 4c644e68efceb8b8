import numpy as np
from fem import Mesh1D, PoissonProblem


def solve_wall(nodes, k, left, right):
    prob = PoissonProblem(Mesh1D(nodes), k, lambda x: 3.0 * np.exp(-x))
    prob.set_bc(0, left)
    prob.set_bc(-1, right)
    return prob.solve()


def wall_energy(nodes, k, left):
    prob = PoissonProblem(Mesh1D(nodes), k, np.cos)
    prob.set_bc(0, left)
    prob.set_bc(-1, 0.2)
    return prob.energy(), prob.flux()


nodes = np.array([0., .2, .5, .9, 1.2, 1.6])
PROGRAMS = [
    (solve_wall, (nodes, np.array([1., 2., .5, .7, 1.3]), 1.0, 0.2)),
    (wall_energy, (nodes, np.array([1., 2., .5, .7, 1.3]), 0.4)),
]
