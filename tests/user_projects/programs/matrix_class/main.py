import numpy as np


class Matrix2D:
    """Affine transform stack, canvas style."""

    def __init__(self, m=None):
        self.m = np.identity(3) if m is None else np.array(m)

    def __matmul__(self, other):
        return Matrix2D(self.m @ other.m)

    def __mul__(self, pts):
        n = pts.shape[0]
        h = np.c_[pts, np.ones(n)]
        return (self.m @ h.T).T[:, :2]

    def __getitem__(self, key):
        return self.m[key]

    def __setitem__(self, key, val):
        self.m[key] = val

    def __invert__(self):
        return Matrix2D(np.linalg.inv(self.m))

    @classmethod
    def translation(cls, dx, dy):
        t = cls()
        t[0, 2] = dx
        t[1, 2] = dy
        return t

    @classmethod
    def scaling(cls, sx, sy=None):
        if sy is None:
            sy = sx
        return cls(np.diag([sx, sy, 1]))

    @classmethod
    def rotation(cls, deg):
        a = np.deg2rad(deg)
        r = cls()
        r[:2, :2] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
        return r


def place(poly, angle, scale, dx, dy):
    T = Matrix2D.translation(dx, dy) @ Matrix2D.rotation(angle) @ Matrix2D.scaling(scale, 0.5 * scale)
    moved = T * poly
    back = ~Matrix2D.rotation(10) * moved
    return back


PROGRAMS = [(place, (np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.2, 1.3]]), 33.0, 1.5, 2.0, -1.0))]
