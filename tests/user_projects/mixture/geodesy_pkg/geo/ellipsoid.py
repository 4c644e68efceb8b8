import numpy as np


class Ellipsoid(object):
    """Reference ellipsoid given by semi-major axis and inverse flattening."""

    def __init__(self, a, rf, name=None):
        self.a = a
        self.rf = rf
        self.name = name

    @property
    def f(self):
        return 1.0 / self.rf

    @property
    def b(self):
        return self.a * (1 - self.f)

    @property
    def e2(self):
        return self.f * (2 - self.f)

    @property
    def ep2(self):
        return self.e2 / (1 - self.e2)

    @property
    def n(self):
        return self.f / (2 - self.f)

    def N(self, phi):
        return self.a / np.sqrt(1 - self.e2 * np.sin(phi)**2)

    def M(self, phi):
        return self.a * (1 - self.e2) / (1 - self.e2 * np.sin(phi)**2)**1.5

    def gaussian_radius(self, phi):
        return np.sqrt(self.M(phi) * self.N(phi))


WGS84 = Ellipsoid(6378137.0, 298.257223563, 'WGS84')
GRS80 = Ellipsoid(6378137.0, 298.257222101, 'GRS80')
