import numpy as np


class LJSystem:
    """Tiny Lennard-Jones molecular dynamics"""

    def __init__(self, pos, vel, eps=1.0, sigma=1.0, mass=1.0):
        self.pos = pos.copy()
        self.vel = vel.copy()
        self.eps = eps
        self.sigma = sigma
        self.mass = mass
        self.n = len(pos)
        self.f = self.forces()

    def forces(self):
        F = np.zeros_like(self.pos)
        self.U = 0
        for i in range(self.n):
            for j in range(i + 1, self.n):
                rij = self.pos[i] - self.pos[j]
                r2 = np.dot(rij, rij)
                sr6 = (self.sigma**2 / r2)**3
                self.U += 4 * self.eps * (sr6**2 - sr6)
                fij = 24 * self.eps * (2 * sr6**2 - sr6) / r2 * rij
                F[i] += fij
                F[j] -= fij
        return F

    def step(self, dt):
        self.vel += 0.5 * dt * self.f / self.mass
        self.pos += dt * self.vel
        self.f = self.forces()
        self.vel += 0.5 * dt * self.f / self.mass

    def kinetic(self):
        return 0.5 * self.mass * np.sum(self.vel**2)

    def total_energy(self):
        return self.kinetic() + self.U

    def run(self, nsteps, dt=0.005):
        e = []
        for _ in range(nsteps):
            self.step(dt)
            e.append(self.kinetic())
        return np.array(e)


def kinetic_history(pos, vel, eps):
    s = LJSystem(pos, vel, eps=eps)
    return s.run(8)


def coulomb_energy(pos, q):
    E = 0.0
    for i in range(len(q)):
        for j in range(i):
            E += q[i] * q[j] / np.linalg.norm(pos[i] - pos[j])
    return E


P0 = np.array([[0.0, 0, 0], [1.2, 0.1, 0], [0.1, 1.15, 0.2], [0.9, 1.0, 1.1]])
V0 = np.array([[0.1, 0, 0.2], [-0.1, 0.3, 0], [0, -0.2, 0.1], [0.2, 0.1, -0.3]])
PROGRAMS = [(kinetic_history, (P0, V0, 0.9)), (coulomb_energy, (P0, np.array([1.0, -1.0, 0.5, 2.0])))]
