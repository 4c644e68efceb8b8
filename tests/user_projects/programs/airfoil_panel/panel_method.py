import numpy
from math import pi


class Panel:
    def __init__(self, xa, ya, xb, yb):
        self.xa, self.ya = xa, ya
        self.xb, self.yb = xb, yb
        self.xc, self.yc = (xa + xb) / 2, (ya + yb) / 2
        self.length = numpy.sqrt((xb - xa)**2 + (yb - ya)**2)
        # outward normal for a clockwise contour
        self.nx = -(yb - ya) / self.length
        self.ny = (xb - xa) / self.length


def define_panels(x, y):
    N = len(x) - 1
    panels = numpy.empty(N, dtype=object)
    for i in range(N):
        panels[i] = Panel(x[i], y[i], x[i+1], y[i+1])
    return panels


def vortex_velocity(p, xi, yi):
    """point vortex lumped at the quarter point of the panel"""
    x0 = 0.75 * p.xa + 0.25 * p.xb
    y0 = 0.75 * p.ya + 0.25 * p.yb
    dx, dy = xi - x0, yi - y0
    r2 = dx**2 + dy**2
    return dy / (2 * pi * r2), -dx / (2 * pi * r2)


def solve_vortex_lift(panels, alpha):
    N = len(panels)
    A = numpy.zeros((N + 1, N))
    b = numpy.zeros(N + 1)
    for i, pi_ in enumerate(panels):
        xi = 0.25 * pi_.xa + 0.75 * pi_.xb
        yi = 0.25 * pi_.ya + 0.75 * pi_.yb
        for j, pj in enumerate(panels):
            u, v = vortex_velocity(pj, xi, yi)
            A[i, j] = u * pi_.nx + v * pi_.ny
        b[i] = -(numpy.cos(alpha) * pi_.nx + numpy.sin(alpha) * pi_.ny)
    A[N, 0] = 1.0
    A[N, N - 1] = 1.0
    # least squares through the normal equations
    gamma = numpy.linalg.solve(A.T.dot(A), A.T.dot(b))
    return 2 * numpy.sum(gamma)
