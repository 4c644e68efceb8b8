"""A little Vec3 class as used in the path tracer."""
import math
import numpy as np


class Vec3(object):
    def __init__(self, x, y=None, z=None):
        if y is None:
            x, y, z = x
        self.x, self.y, self.z = x, y, z

    def __iter__(self):
        yield self.x
        yield self.y
        yield self.z

    def __add__(self, o):
        return Vec3(self.x + o.x, self.y + o.y, self.z + o.z)

    def __sub__(self, o):
        return Vec3(self.x - o.x, self.y - o.y, self.z - o.z)

    def __mul__(self, k):
        if isinstance(k, Vec3):
            return Vec3(self.x * k.x, self.y * k.y, self.z * k.z)
        return Vec3(self.x * k, self.y * k, self.z * k)

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1

    def __abs__(self):
        return math.sqrt(self.dot(self))

    def dot(self, o):
        return self.x * o.x + self.y * o.y + self.z * o.z

    def unit(self):
        return self * (1.0 / abs(self))

    def __eq__(self, o):
        return isinstance(o, Vec3) and tuple(self) == tuple(o)

    def __repr__(self):
        return 'Vec3(%.3f, %.3f, %.3f)' % (self.x, self.y, self.z)


class Sphere:
    def __init__(self, center, radius, color, shininess=20):
        self.c, self.r, self.color, self.shininess = center, radius, color, shininess

    def hit(self, o, d):
        oc = o - self.c
        b = oc.dot(d)
        disc = b * b - (oc.dot(oc) - self.r * self.r)
        if disc <= 0:
            return None
        t = -b - math.sqrt(disc)
        return t if t > 1e-4 else None


def shade(scene, o, d, light, depth=0):
    best, obj = 1e20, None
    for s in scene:
        t = s.hit(o, d)
        if t is not None and t < best:
            best, obj = t, s
    if obj is None:
        return Vec3(0.2, 0.3, 0.5) * (0.5 + 0.5 * d.y)
    p = o + d * best
    n = (p - obj.c).unit()
    l = (light - p).unit()
    diff = max(0.0, n.dot(l))
    h = (l - d).unit()
    spec = max(0.0, n.dot(h)) ** obj.shininess
    col = obj.color * (0.1 + 0.8 * diff) + Vec3(1, 1, 1) * (0.4 * spec)
    if depth < 1:
        refl = d - n * (2 * d.dot(n))
        col = col * 0.8 + shade(scene, p, refl, light, depth + 1) * 0.2
    return col


def render(center, radius, light, color):
    scene = [Sphere(Vec3(center), radius, Vec3(color)),
             Sphere(Vec3(1.2, -.2, 4.0), 0.6, Vec3(.2, .9, .3), 10)]
    eye = Vec3(0., 0., -1.)
    img = np.zeros((4, 5, 3))
    for i, yy in enumerate(np.linspace(.8, -.8, 4)):
        for j, xx in enumerate(np.linspace(-1, 1, 5)):
            img[i, j] = list(shade(scene, eye, Vec3(xx, yy, 2.5).unit(), Vec3(light)))
    return img


PROGRAMS = [(render, (np.array([-.1, .1, 3.0]), 0.93, np.array([3., 4., -2.]), np.array([.9, .2, .1])))]
