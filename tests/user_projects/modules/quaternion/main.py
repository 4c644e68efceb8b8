"""Minimal quaternion class for attitude work."""
import numpy as np
from numbers import Number


class Quaternion:

    __slots__ = ('q',)

    def __init__(self, w=1.0, x=0.0, y=0.0, z=0.0):
        self.q = np.array([w, x, y, z], dtype=float)

    @classmethod
    def from_array(cls, arr):
        arr = np.asarray(arr, dtype=float)
        if arr.shape != (4,):
            raise ValueError('expected 4 components, got shape %s' % (arr.shape,))
        return cls(*arr)

    @classmethod
    def from_axis_angle(cls, axis, angle):
        axis = np.asarray(axis, dtype=float)
        axis = axis / np.linalg.norm(axis)
        s = np.sin(angle / 2)
        return cls(np.cos(angle / 2), *(axis * s))

    @property
    def w(self):
        return self.q[0]

    @property
    def vec(self):
        return self.q[1:]

    @property
    def norm(self):
        return np.sqrt(np.sum(self.q ** 2))

    @property
    def conj(self):
        return Quaternion(self.q[0], -self.q[1], -self.q[2], -self.q[3])

    def __mul__(self, other):
        if isinstance(other, Quaternion):
            w0, x0, y0, z0 = self.q
            w1, x1, y1, z1 = other.q
            return Quaternion(w0 * w1 - x0 * x1 - y0 * y1 - z0 * z1,
                              w0 * x1 + x0 * w1 + y0 * z1 - z0 * y1,
                              w0 * y1 - x0 * z1 + y0 * w1 + z0 * x1,
                              w0 * z1 + x0 * y1 - y0 * x1 + z0 * w1)
        elif isinstance(other, Number):
            return Quaternion.from_array(self.q * other)
        return NotImplemented

    __rmul__ = __mul__

    def __add__(self, other):
        return Quaternion.from_array(self.q + other.q)

    def __truediv__(self, k):
        return Quaternion.from_array(self.q / k)

    def __repr__(self):
        return 'Quaternion(%g, %g, %g, %g)' % tuple(self.q)

    def normalised(self):
        return self / self.norm

    def rotate(self, v):
        v = np.asarray(v, dtype=float)
        p = Quaternion(0., *v)
        return (self * p * self.conj).vec

    def to_matrix(self):
        w, x, y, z = self.normalised().q
        return np.array([
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])

    def slerp(self, other, t):
        a, b = self.normalised(), other.normalised()
        dot = float(np.dot(a.q, b.q))
        if dot < 0:
            b = b * -1.0
            dot = -dot
        if dot > 0.9995:
            return (a * (1 - t) + b * t).normalised()
        theta = np.arccos(dot)
        return a * (np.sin((1 - t) * theta) / np.sin(theta)) + b * (np.sin(t * theta) / np.sin(theta))


def rotate_points(axis, angle, pts):
    q = Quaternion.from_axis_angle(axis, angle)
    return np.array([q.rotate(p) for p in pts])


def interp_matrix(qa, qb, t):
    return Quaternion.from_array(qa).slerp(Quaternion.from_array(qb), t).to_matrix()


def integrate_gyro(rates, dt):
    """Attitude from body rates, one row of rates per step."""
    q = Quaternion()
    for w in rates:
        dq = q * Quaternion(0.0, w[0], w[1], w[2])
        q = (q + dq * (0.5 * dt)).normalised()
    return q.q


PROGRAMS = [
    (rotate_points, (np.array([1., 2., -1.]), 0.8, np.array([[1., 0., .5], [0.2, -1., 2.]]))),
    (interp_matrix, (np.array([0.9, 0.1, -0.3, 0.2]), np.array([0.3, 0.7, 0.2, -0.4]), 0.35)),
    (integrate_gyro, (np.array([[.1, .2, -.1], [.3, -.2, .4], [.25, .1, .1]]), 0.1)),
]
