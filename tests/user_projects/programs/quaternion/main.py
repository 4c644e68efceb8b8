import math
import numpy as np


class Quaternion:
    def __init__(self, w, x, y, z):
        self.w, self.x, self.y, self.z = w, x, y, z

    @staticmethod
    def from_axis_angle(axis, angle):
        axis = np.asarray(axis)
        axis = axis / np.linalg.norm(axis)
        s = np.sin(angle / 2)
        return Quaternion(np.cos(angle / 2), axis[0] * s, axis[1] * s, axis[2] * s)

    @classmethod
    def from_array(cls, q):
        return cls(*q)

    def __mul__(self, o):
        if isinstance(o, (int, float)):
            return Quaternion(self.w * o, self.x * o, self.y * o, self.z * o)
        w = self.w*o.w - self.x*o.x - self.y*o.y - self.z*o.z
        x = self.w*o.x + self.x*o.w + self.y*o.z - self.z*o.y
        y = self.w*o.y - self.x*o.z + self.y*o.w + self.z*o.x
        z = self.w*o.z + self.x*o.y - self.y*o.x + self.z*o.w
        return Quaternion(w, x, y, z)

    def conj(self):
        return Quaternion(self.w, -self.x, -self.y, -self.z)

    def norm(self):
        return (self.w**2 + self.x**2 + self.y**2 + self.z**2) ** 0.5

    def normalized(self):
        n = self.norm()
        return Quaternion(self.w/n, self.x/n, self.y/n, self.z/n)

    def rotate(self, v):
        p = Quaternion(0, *v)
        r = self * p * self.conj()
        return np.array([r.x, r.y, r.z])

    def to_matrix(self):
        w, x, y, z = self.w, self.x, self.y, self.z
        return np.array([
            [1 - 2*y*y - 2*z*z, 2*x*y - 2*z*w, 2*x*z + 2*y*w],
            [2*x*y + 2*z*w, 1 - 2*x*x - 2*z*z, 2*y*z - 2*x*w],
            [2*x*z - 2*y*w, 2*y*z + 2*x*w, 1 - 2*x*x - 2*y*y]])

    def to_array(self):
        return np.array([self.w, self.x, self.y, self.z])


def slerp(q0, q1, t):
    d = np.dot(q0, q1)
    if d < 0:
        q1 = -q1
        d = -d
    if d > 0.9995:
        r = q0 + t * (q1 - q0)
        return r / np.linalg.norm(r)
    th0 = np.arccos(d)
    th = th0 * t
    q2 = q1 - q0 * d
    q2 = q2 / np.linalg.norm(q2)
    return q0 * np.cos(th) + q2 * np.sin(th)


def rotate_point(axis, angle, p):
    q = Quaternion.from_axis_angle(axis, angle)
    return q.rotate(p)


def integrate_gyro(w, dt):
    q = Quaternion(1, 0, 0, 0)
    for i in range(w.shape[0]):
        om = Quaternion(0, w[i, 0], w[i, 1], w[i, 2])
        dq = q * om
        q = Quaternion(*(q.to_array() + 0.5 * dt * dq.to_array())).normalized()
    return q.to_matrix()


gyro = np.array([[0.1, 0.2, -0.1], [0.3, 0.1, 0.05], [0.2, -0.3, 0.4], [0.5, 0.1, 0.2]])
qa = np.array([0.8, 0.2, 0.4, 0.4])
qb = np.array([0.5, 0.5, -0.5, 0.5])
PROGRAMS = [
    (rotate_point, (np.array([1.0, 2.0, 0.5]), 0.7, np.array([0.3, -0.2, 1.0]))),
    (integrate_gyro, (gyro, 0.1)),
    (slerp, (qa, qb, 0.3)),
]
