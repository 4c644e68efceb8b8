import numpy as np


class Vector:
    """A small 3-vector"""

    def __init__(self, x, y=None, z=None):
        if y is None:
            self.v = np.array(x)
        else:
            self.v = np.array([x, y, z])

    def __add__(self, other):
        if isinstance(other, Vector):
            return Vector(self.v + other.v)
        return Vector(self.v + other)

    __radd__ = __add__

    def __sub__(self, other):
        return Vector(self.v - other.v)

    def __mul__(self, k):
        if isinstance(k, Vector):
            return np.dot(self.v, k.v)
        return Vector(self.v * k)

    def __rmul__(self, k):
        return self * k

    def __truediv__(self, k):
        return Vector(self.v / k)

    def __neg__(self):
        return Vector(-self.v)

    def __getitem__(self, i):
        return self.v[i]

    def __len__(self):
        return 3

    def __abs__(self):
        return np.sqrt(self * self)

    def cross(self, o):
        return Vector(self[1] * o[2] - self[2] * o[1],
                      self[2] * o[0] - self[0] * o[2],
                      self[0] * o[1] - self[1] * o[0])

    @property
    def unit(self):
        return self / abs(self)

    def __repr__(self):
        return 'Vector({}, {}, {})'.format(*self.v)


class Triangle:
    def __init__(self, a, b, c):
        self.a, self.b, self.c = Vector(a), Vector(b), Vector(c)

    def normal(self):
        return (self.b - self.a).cross(self.c - self.a)

    def area(self):
        return abs(self.normal()) / 2

    def centroid(self):
        return (self.a + self.b + self.c) / 3


def solid_angle(a, b, c):
    """solid angle of a triangle seen from the origin (Van Oosterom & Strackee)"""
    A, B, C = Vector(a), Vector(b), Vector(c)
    num = A * B.cross(C)
    den = abs(A) * abs(B) * abs(C) + (A * B) * abs(C) + (B * C) * abs(A) + (C * A) * abs(B)
    return 2 * np.arctan2(num, den)


def lambert(a, b, c, light):
    tri = Triangle(a, b, c)
    n = tri.normal().unit
    to_light = (Vector(light) - tri.centroid()).unit
    cosang = n * to_light
    return max(0.0, cosang) * tri.area()


PROGRAMS = [
    (solid_angle, (np.array([1.0, 0.2, 0.1]), np.array([0.1, 1.1, 0.3]), np.array([0.2, 0.3, 1.4]))),
    (lambert, (np.array([0.0, 0.1, 0.0]), np.array([1.0, 0.0, 0.2]), np.array([0.2, 1.0, 0.1]), np.array([1.0, 2.0, 5.0]))),
]
