from abc import ABCMeta, abstractmethod
import numpy as np
from .utils import unit


class Surface(metaclass=ABCMeta):
    def __init__(self, z, index):
        self.z = z
        self.index = index

    @abstractmethod
    def intersect(self, o, d):
        """Distance along the ray."""

    @abstractmethod
    def normal(self, p):
        """Unit normal."""


class Plane(Surface):
    def intersect(self, o, d):
        return (self.z - o[2]) / d[2]

    def normal(self, p):
        return np.array([0., 0., -1.])


class Sphere(Surface):
    def __init__(self, z, radius, index):
        super().__init__(z, index)
        if radius == 0:
            raise ValueError('radius cannot be zero')
        self.radius = radius

    @property
    def center(self):
        return np.array([0., 0., self.z + self.radius])

    def intersect(self, o, d):
        oc = o - self.center
        b = np.dot(oc, d)
        c = np.dot(oc, oc) - self.radius ** 2
        disc = b ** 2 - c
        if disc < 0:
            return None
        sq = np.sqrt(disc)
        return -b - sq if self.radius > 0 else -b + sq

    def normal(self, p):
        return unit(p - self.center)
