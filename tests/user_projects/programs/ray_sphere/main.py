import numpy as np
from dataclasses import dataclass, field


@dataclass
class Ray:
    origin: np.ndarray
    direction: np.ndarray

    def __post_init__(self):
        self.direction = self.direction / np.linalg.norm(self.direction)

    def at(self, t):
        return self.origin + t * self.direction


@dataclass
class Material:
    color: np.ndarray = field(default_factory=lambda: np.array([0.8, 0.3, 0.2]))
    ambient: float = 0.1
    diffuse: float = 0.7
    specular: float = 0.4
    shininess: float = 20.0


class Shape:
    def __init__(self, material=None):
        self.material = material or Material()

    def intersect(self, ray):
        raise NotImplementedError

    def normal(self, p):
        raise NotImplementedError


class Sphere(Shape):
    def __init__(self, center, radius, material=None):
        super().__init__(material)
        self.center = center
        self.radius = radius

    def intersect(self, ray):
        oc = ray.origin - self.center
        b = 2 * np.dot(ray.direction, oc)
        c = np.dot(oc, oc) - self.radius ** 2
        delta = b ** 2 - 4 * c
        if delta > 0:
            t1 = (-b + np.sqrt(delta)) / 2
            t2 = (-b - np.sqrt(delta)) / 2
            if t1 > 0 and t2 > 0:
                return min(t1, t2)
        return None

    def normal(self, p):
        return (p - self.center) / self.radius


class Plane(Shape):
    def __init__(self, point, n, material=None):
        super().__init__(material)
        self.point = point
        self.n = n / np.linalg.norm(n)

    def intersect(self, ray):
        den = np.dot(ray.direction, self.n)
        if abs(den) < 1e-9:
            return None
        t = np.dot(self.point - ray.origin, self.n) / den
        return t if t > 0 else None

    def normal(self, p):
        return self.n


class Scene:
    def __init__(self, shapes, light):
        self.shapes = shapes
        self.light = light

    def nearest(self, ray):
        hits = [s.intersect(ray) for s in self.shapes]
        best, tbest = None, np.inf
        for s, t in zip(self.shapes, hits):
            if t is not None and t < tbest:
                best, tbest = s, t
        return best, tbest

    def shade(self, ray):
        obj, t = self.nearest(ray)
        if obj is None:
            return np.zeros(3)
        p = ray.at(t)
        n = obj.normal(p)
        L = self.light - p
        L = L / np.linalg.norm(L)
        V = -ray.direction
        H = (L + V) / np.linalg.norm(L + V)
        m = obj.material
        illumination = np.zeros(3)
        illumination += m.ambient * m.color
        illumination += m.diffuse * m.color * np.dot(L, n)
        illumination += m.specular * np.dot(n, H) ** m.shininess
        return illumination


def pixel(center, radius, light):
    scene = Scene([Sphere(center, radius), Plane(np.array([0., -1., 0.]), np.array([0., 1., 0.]))], light)
    return scene.shade(Ray(np.array([0., 0., 1.]), np.array([0.1, 0.05, -1.])))


def floor_color(direction, light):
    floor = Plane(np.array([0., -0.5, 0.]), np.array([0.1, 1., 0.]), Material(shininess=5.0))
    return Scene([floor], light).shade(Ray(np.array([0., 0.2, 1.]), direction))


PROGRAMS = [(pixel, (np.array([0.1, 0.0, -1.0]), 0.7, np.array([3.0, 4.0, 4.0]))),
            (floor_color, (np.array([0.1, -0.5, -1.0]), np.array([2.0, 5.0, 3.0])))]
