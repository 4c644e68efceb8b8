import numpy as np
from .assembly import assemble_stiffness, assemble_load, apply_dirichlet


class PoissonProblem(object):
    def __init__(self, mesh, conductivity, source=None):
        self.mesh = mesh
        conductivity = np.broadcast_to(conductivity, (mesh.nelem,))
        self.k = conductivity
        self.source = source if source is not None else (lambda x: 0.0)
        self.bc = {}
        self._u = None

    def set_bc(self, node, value):
        if node < 0:
            node += self.mesh.nnodes
        self.bc[node] = value
        self._u = None

    def solve(self):
        if self._u is None:
            K = assemble_stiffness(self.mesh, self.k)
            F = assemble_load(self.mesh, self.source)
            K, F = apply_dirichlet(K, F, list(self.bc.keys()), list(self.bc.values()))
            self._u = np.linalg.solve(K, F)
        return self._u

    def energy(self):
        u = self.solve()
        K = assemble_stiffness(self.mesh, self.k)
        return 0.5 * u.dot(K).dot(u)

    def flux(self):
        return -self.k * np.diff(self.solve()) / self.mesh.h
