import numpy as np


class Vec3(object):
    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __add__(self, o): return Vec3(self.x + o.x, self.y + o.y, self.z + o.z)
    def __sub__(self, o): return Vec3(self.x - o.x, self.y - o.y, self.z - o.z)
    def __mul__(self, k): return Vec3(self.x * k, self.y * k, self.z * k)
    __rmul__ = __mul__
    def dot(self, o): return self.x * o.x + self.y * o.y + self.z * o.z
    def __abs__(self): return np.sqrt(self.dot(self))
    def norm(self): return self * (1.0 / abs(self))
    def comps(self): return (self.x, self.y, self.z)


class Sphere:
    def __init__(self, center, r, color, spec=40.0):
        self.c = center
        self.r = r
        self.color = color
        self.spec = spec

    def intersect(self, O, D):
        b = 2 * D.dot(O - self.c)
        c = self.c.dot(self.c) + O.dot(O) - 2 * self.c.dot(O) - self.r ** 2
        disc = b * b - 4 * c
        if disc < 0:
            return np.inf
        sq = np.sqrt(disc)
        h0 = (-b - sq) / 2
        h1 = (-b + sq) / 2
        return h0 if h0 > 0 else (h1 if h1 > 0 else np.inf)

    def shade(self, O, D, t, light):
        M = O + D * t
        N = (M - self.c) * (1. / self.r)
        toL = (light - M).norm()
        toO = (O - M).norm()
        color = 0.05 * self.color
        lam = max(N.dot(toL), 0)
        color = color + self.color * lam
        phong = N.dot((toL + toO).norm())
        return color + Vec3(1, 1, 1) * (max(phong, 0) ** self.spec)


def trace(O, D, spheres, light):
    hits = [s.intersect(O, D) for s in spheres]
    k = int(np.argmin(hits))
    if hits[k] == np.inf:
        return Vec3(0, 0, 0)
    return spheres[k].shade(O, D, hits[k], light)


def pixel(light_pos, radius, px, py):
    scene = [Sphere(Vec3(.75, .1, 1.), radius, Vec3(0., .2, 1.)),
             Sphere(Vec3(-.75, .1, 2.25), .6, Vec3(.5, .223, .5))]
    eye = Vec3(0, 0.35, -1)
    D = (Vec3(px, py, 0.) - eye).norm()
    return np.array(trace(eye, D, scene, Vec3(*light_pos)).comps())


PROGRAMS = [(pixel, (np.array([5.0, 5.0, -10.0]), 0.6, 0.31, 0.22))]
