"""Mass-spring cloth from the graphics course."""
import numpy as np


class Cloth(object):
    def __init__(self, nx, ny, spacing=1.0, k=50.0, damping=0.2):
        self.nx, self.ny = nx, ny
        xs, ys = np.meshgrid(np.arange(nx) * spacing, np.arange(ny) * spacing)
        self.x = np.column_stack([xs.ravel(), ys.ravel(), np.zeros(nx * ny)])
        self.v = np.zeros_like(self.x)
        self.k = k
        self.damping = damping
        self.mass = np.ones(nx * ny) * 0.1
        self.springs = self._make_springs()
        i, j = self.springs.T
        self.rest = np.linalg.norm(self.x[i] - self.x[j], axis=1)
        self.pinned = [0, nx - 1]

    def _idx(self, i, j):
        return j * self.nx + i

    def _make_springs(self):
        s = []
        for j in range(self.ny):
            for i in range(self.nx):
                if i + 1 < self.nx:
                    s.append((self._idx(i, j), self._idx(i + 1, j)))
                if j + 1 < self.ny:
                    s.append((self._idx(i, j), self._idx(i, j + 1)))
                if i + 1 < self.nx and j + 1 < self.ny:
                    s.append((self._idx(i, j), self._idx(i + 1, j + 1)))
        return np.array(s, dtype=np.intp)

    def forces(self, wind):
        f = np.zeros(self.x.shape)
        f[:, 1] -= 9.81 * self.mass
        f += wind
        i, j = self.springs[:, 0], self.springs[:, 1]
        d = self.x[j] - self.x[i]
        L = np.sqrt((d ** 2).sum(axis=1))
        fs = (self.k * (L - self.rest) / L)[:, None] * d
        np.add.at(f, i, fs)
        np.add.at(f, j, -fs)
        f -= self.damping * self.v
        f[self.pinned] = 0.
        return f

    def simulate(self, dt, steps, wind):
        for _ in range(steps):
            a = self.forces(wind) / self.mass[:, np.newaxis]
            self.v += dt * a
            self.x += dt * self.v
        return self.x


def drape(k, damping, wind):
    return Cloth(4, 3, 0.5, k, damping).simulate(0.01, 20, wind)


PROGRAMS = [(drape, (40.0, 0.15, np.array([.1, .0, .4])))]
