import numpy as np
from .utils import refract, unit


class OpticalSystem:
    def __init__(self, surfaces=None, n0=1.0):
        self.surfaces = []
        self.n0 = n0
        for s in surfaces or []:
            self.add(s)

    def add(self, s):
        self.surfaces.append(s)
        return self

    def trace(self, o, d):
        d = unit(np.asarray(d))
        n = self.n0
        path = [o]
        for s in self.surfaces:
            t = s.intersect(o, d)
            if t is None:
                raise RuntimeError("ray missed surface at z=%g" % s.z)
            o = o + t * d
            path.append(o)
            if s.index is not None:
                d = refract(d, s.normal(o), n, s.index)
                n = s.index
        return np.array(path), d

    def spot(self, heights, z=0.0):
        pts = []
        for h in heights:
            path, _ = self.trace(np.array([0., h, z]), [0., 0., 1.])
            pts.append(path[-1][:2])
        return np.array(pts)
