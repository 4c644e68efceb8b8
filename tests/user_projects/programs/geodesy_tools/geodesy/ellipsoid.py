from numpy import sqrt, sin


class Ellipsoid(object):
    def __init__(self, a, f):
        self.a = a
        self.f = f
        self.b = a * (1 - f)
        self.e2 = f * (2 - f)

    def N(self, phi):
        return self.a / sqrt(1 - self.e2 * sin(phi)**2)

    def M(self, phi):
        return self.a * (1 - self.e2) / (1 - self.e2 * sin(phi)**2)**1.5
