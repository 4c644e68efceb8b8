"""Planetary N-body, leapfrog."""
import numpy as np

G = 6.674e-11
AU = 1.496e11
MSUN = 1.989e30
DAY = 86400.0


class Body(object):
    def __init__(self, name, mass, pos, vel):
        self.name = name
        self.mass = mass
        self.pos = np.array(pos, dtype=float)
        self.vel = np.array(vel, dtype=float)
        self.acc = np.zeros(2)

    def kinetic(self):
        return 0.5 * self.mass * np.dot(self.vel, self.vel)

    def __str__(self):
        return '%s at (%.3e, %.3e)' % (self.name, self.pos[0], self.pos[1])


class System(object):
    def __init__(self, bodies):
        self.bodies = list(bodies)
        self.time = 0.0

    def compute_forces(self):
        for b in self.bodies:
            b.acc = np.zeros(2)
        for i, a in enumerate(self.bodies):
            for b in self.bodies[i + 1:]:
                r = b.pos - a.pos
                d = np.linalg.norm(r)
                f = G / d ** 3
                a.acc += f * b.mass * r
                b.acc -= f * a.mass * r

    def step(self, dt):
        for b in self.bodies:
            b.vel += 0.5 * dt * b.acc
            b.pos += dt * b.vel
        self.compute_forces()
        for b in self.bodies:
            b.vel += 0.5 * dt * b.acc
        self.time += dt

    def energy(self):
        e = sum(b.kinetic() for b in self.bodies)
        for i, a in enumerate(self.bodies):
            for b in self.bodies[:i]:
                e -= G * a.mass * b.mass / np.hypot(*(a.pos - b.pos))
        return e


def simulate(mass_planet, x0, v0, ndays):
    sun = Body('Sun', MSUN, [0, 0], [0, 0])
    p = Body('Planet', mass_planet * MSUN, x0 * AU, v0 * 1e3)
    m = Body('Probe', 1000.0, [1.6 * AU, 0.3 * AU], [-2e3, 24e3])
    s = System([sun, p, m])
    s.compute_forces()
    for _ in range(ndays):
        s.step(DAY)
    return np.concatenate([b.pos for b in s.bodies]) / AU, s.energy() / 1e36


PROGRAMS = [(simulate, (1e-3, np.array([1.0, 0.1]), np.array([-1.0, 30.0]), 30))]
