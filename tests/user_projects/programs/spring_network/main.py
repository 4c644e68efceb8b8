import numpy as np


class Node:
    def __init__(self, idx, x, y, fixed=False):
        self.idx = idx
        self.p = np.array([x, y], dtype=float)
        self.v = np.zeros(2)
        self.fixed = fixed
        self.force = np.zeros(2)


class Spring:
    def __init__(self, a, b, k):
        self.a, self.b, self.k = a, b, k
        self.rest = np.linalg.norm(b.p - a.p)

    def apply(self, damping):
        d = self.b.p - self.a.p
        L = np.linalg.norm(d)
        f = self.k * (L - self.rest) * d / L
        rel = np.dot(self.b.v - self.a.v, d / L)
        f = f + damping * rel * d / L
        self.a.force = self.a.force + f
        self.b.force = self.b.force - f


class Cloth:
    gravity = np.array([0.0, -9.81])

    def __init__(self, rows, cols, k, spacing=0.5):
        self.nodes = []
        for i in range(rows):
            for j in range(cols):
                self.nodes.append(Node(i * cols + j, j * spacing, -i * spacing, fixed=(i == 0)))
        self.springs = []
        for i in range(rows):
            for j in range(cols):
                n = self.nodes[i * cols + j]
                if j + 1 < cols:
                    self.springs.append(Spring(n, self.nodes[i * cols + j + 1], k))
                if i + 1 < rows:
                    self.springs.append(Spring(n, self.nodes[(i + 1) * cols + j], k))
                if i + 1 < rows and j + 1 < cols:
                    self.springs.append(Spring(n, self.nodes[(i + 1) * cols + j + 1], k / 2))

    def step(self, dt, mass, damping=0.2):
        for n in self.nodes:
            n.force = mass * self.gravity
        for s in self.springs:
            s.apply(damping)
        for n in self.nodes:
            if n.fixed:
                continue
            n.v = n.v + dt * n.force / mass
            n.p = n.p + dt * n.v

    def lowest(self):
        return min(n.p[1] for n in self.nodes)

    def positions(self):
        return np.array([n.p for n in self.nodes])


def cloth_drop(k, mass):
    c = Cloth(3, 3, k)
    for _ in range(15):
        c.step(0.02, mass)
    return c.positions()


def chain_modes(masses, ks):
    n = len(masses)
    K = np.diag(ks[:-1] + ks[1:]) - np.diag(ks[1:-1], 1) - np.diag(ks[1:-1], -1)
    Minv = np.diag(1 / np.sqrt(masses))
    w2, V = np.linalg.eigh(Minv @ K @ Minv)
    return np.sqrt(w2)


PROGRAMS = [(cloth_drop, (40.0, 0.2)),
            (chain_modes, (np.array([1.0, 1.5, 0.8]), np.array([10.0, 12.0, 8.0, 9.0])))]
