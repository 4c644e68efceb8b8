from numpy import sin, cos, sqrt, arctan2, array, arctan


class Linkage:
    name = 'linkage'

    def check(self):
        for k, v in self.__dict__.items():
            if v <= 0:
                raise ValueError('%s: %s must be positive' % (self.name, k))


class Slider(Linkage):
    name = 'slider-crank'

    def __init__(self, r, l):
        self.r = r
        self.l = l
        self.check()

    def position(self, th):
        return self.r * cos(th) + sqrt(self.l**2 - (self.r * sin(th))**2)

    def acceleration(self, th, w):
        lam = self.r / self.l
        s, c = sin(th), cos(th)
        q = sqrt(1 - lam**2 * s**2)
        return -self.r * w**2 * (c + lam * (c**2 - s**2) / q + lam**3 * s**2 * c**2 / q**3)


class FourBar(Linkage):
    name = 'four-bar'

    def __init__(self, a, b, c, d):
        self.a, self.b, self.c, self.d = a, b, c, d
        self.check()

    def solve(self, th2):
        """Freudenstein, open configuration"""
        K1 = self.d / self.a
        K2 = self.d / self.c
        K3 = (self.a**2 - self.b**2 + self.c**2 + self.d**2) / (2 * self.a * self.c)
        A = cos(th2) - K1 - K2 * cos(th2) + K3
        B = -2 * sin(th2)
        C = K1 - (K2 + 1) * cos(th2) + K3
        disc = B**2 - 4 * A * C
        assert disc >= 0, 'linkage cannot be assembled'
        th4 = 2 * arctan2(-B - sqrt(disc), 2 * A)
        x = self.d + self.c * cos(th4) - self.a * cos(th2)
        y = self.c * sin(th4) - self.a * sin(th2)
        th3 = arctan2(y, x)
        return th3, th4

    def coupler(self, th2, th3, p, delta):
        A = self.a * array([cos(th2), sin(th2)])
        return A + p * array([cos(th3 + delta), sin(th3 + delta)])
