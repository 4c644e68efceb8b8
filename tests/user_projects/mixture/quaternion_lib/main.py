from __future__ import division
import numbers
import numpy as np


class Quaternion(object):
    """Quaternion w + xi + yj + zk."""
    __slots__ = ('w', 'x', 'y', 'z')
    __array_priority__ = 1000

    def __init__(self, w, x=0.0, y=0.0, z=0.0):
        self.w = w
        self.x = x
        self.y = y
        self.z = z

    @classmethod
    def from_axis_angle(cls, axis, angle):
        axis = np.asarray(axis, dtype=float)
        if axis.shape != (3,):
            raise ValueError("axis must have three components")
        axis = axis / np.linalg.norm(axis)
        s = np.sin(angle / 2)
        return cls(np.cos(angle / 2), *(s * axis))

    def __repr__(self):
        return 'Quaternion(%g, %g, %g, %g)' % (self.w, self.x, self.y, self.z)

    def __iter__(self):
        yield self.w
        yield self.x
        yield self.y
        yield self.z

    def __add__(self, other):
        return Quaternion(*[a + b for a, b in zip(self, other)])

    def __neg__(self):
        return Quaternion(-self.w, -self.x, -self.y, -self.z)

    def __mul__(self, other):
        if isinstance(other, Quaternion):
            w1, x1, y1, z1 = self
            w2, x2, y2, z2 = other
            return Quaternion(w1*w2 - x1*x2 - y1*y2 - z1*z2,
                              w1*x2 + x1*w2 + y1*z2 - z1*y2,
                              w1*y2 - x1*z2 + y1*w2 + z1*x2,
                              w1*z2 + x1*y2 - y1*x2 + z1*w2)
        elif isinstance(other, numbers.Number):
            return Quaternion(*(a * other for a in self))
        return NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, k):
        return self * (1.0 / k)

    def conj(self):
        return Quaternion(self.w, -self.x, -self.y, -self.z)

    @property
    def norm(self):
        return np.sqrt(sum(a * a for a in self))

    def normalized(self):
        return self / self.norm

    def rotate(self, v):
        q = self.normalized()
        r = q * Quaternion(0.0, *v) * q.conj()
        return np.array([r.x, r.y, r.z])

    def to_matrix(self):
        w, x, y, z = self.normalized()
        return np.array([
            [1 - 2*(y*y + z*z), 2*(x*y - w*z), 2*(x*z + w*y)],
            [2*(x*y + w*z), 1 - 2*(x*x + z*z), 2*(y*z - w*x)],
            [2*(x*z - w*y), 2*(y*z + w*x), 1 - 2*(x*x + y*y)]])


def slerp(q0, q1, t):
    dot = sum(a * b for a, b in zip(q0, q1))
    if dot < 0:
        q1 = -q1
        dot = -dot
    if dot > 0.9995:
        return (q0 * (1 - t) + q1 * t).normalized()
    theta = np.arccos(dot)
    return (q0 * np.sin((1 - t) * theta) + q1 * np.sin(t * theta)) / np.sin(theta)


def rotate_vector(axis, angle, v):
    return Quaternion.from_axis_angle(axis, angle).rotate(v)


def interpolated_rotation(angle0, angle1, t):
    q0 = Quaternion.from_axis_angle([0, 0, 1], angle0)
    q1 = Quaternion.from_axis_angle([1, 1, 0], angle1)
    return slerp(q0, q1, t).to_matrix()


PROGRAMS = [
    (rotate_vector, (np.array([1.0, 2.0, -0.5]), 0.7, np.array([0.3, -1.2, 2.0]))),
    (interpolated_rotation, (0.4, 1.3, 0.35)),
]
