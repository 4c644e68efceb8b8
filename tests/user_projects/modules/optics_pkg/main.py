import numpy as np
from raytrace import OpticalSystem, Sphere, Plane


def singlet_spot(r1, r2, n, heights, zimg):
    sys = OpticalSystem([Sphere(10.0, r1, n), Sphere(13.0, r2, 1.0), Plane(zimg, None)])
    return sys.spot(heights)[:, 1]


def rms_spot(radii, n):
    sys = OpticalSystem()
    z = 5.0
    for k, r in enumerate(radii):
        sys.add(Sphere(z, r, n if k % 2 == 0 else 1.0))
        z += 2.0
    sys.add(Plane(60.0, None))
    p = sys.spot(np.linspace(-3, 3, 7))
    return np.sqrt(((p - p.mean(axis=0)) ** 2).sum(axis=1).mean())


PROGRAMS = [
    (singlet_spot, (50.0, -60.0, 1.5168, np.array([1., 3., 5.]), 60.0)),
    (rms_spot, (np.array([40., -45., 70., -90.]), 1.52)),
]
