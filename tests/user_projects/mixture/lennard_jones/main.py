import numpy as np


def lj_energy(pos, eps=1.0, sigma=1.0):
    n = len(pos)
    E = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            r2 = np.sum((pos[i] - pos[j])**2)
            s6 = (sigma**2 / r2)**3
            E += 4 * eps * (s6**2 - s6)
    return E


def forces(pos, eps=1.0, sigma=1.0):
    rij = pos[:, None, :] - pos[None, :, :]
    r2 = (rij**2).sum(-1)
    np.fill_diagonal(r2, 1.0)
    s6 = (sigma**2 / r2)**3
    f = 24 * eps * (2 * s6**2 - s6) / r2
    np.fill_diagonal(f, 0.0)
    return np.einsum('ij,ijk->ik', f, rij)


class MDSimulation:
    def __init__(self, pos, vel, dt=0.005, mass=1.0):
        self.pos = np.array(pos)
        self.vel = np.array(vel)
        self.dt = dt
        self.mass = mass
        self._f = forces(self.pos)

    def step(self):
        self.vel += 0.5 * self.dt * self._f / self.mass
        self.pos += self.dt * self.vel
        self._f = forces(self.pos)
        self.vel += 0.5 * self.dt * self._f / self.mass

    @property
    def kinetic(self):
        return 0.5 * self.mass * np.sum(self.vel**2)

    @property
    def temperature(self):
        return 2 * self.kinetic / (3 * len(self.pos))


def kinetic_after(pos, vel, mass):
    sim = MDSimulation(pos, vel, mass=mass)
    for _ in range(20):
        sim.step()
    return sim.temperature


P = np.array([[0., 0, 0], [1.2, 0.1, 0], [0.2, 1.15, 0.3], [0.5, 0.4, 1.2]]) + 0.03
V = np.array([[0.1, 0.2, -.1], [-.2, .1, .05], [.03, -.2, .1], [.1, -.1, -.2]])
PROGRAMS = [(lj_energy, (P, 0.9, 1.05)), (kinetic_after, (P, V, 1.3))]
