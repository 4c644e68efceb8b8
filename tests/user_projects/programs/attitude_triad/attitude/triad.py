from numpy import cross, column_stack, trace, arccos, degrees
from numpy.linalg import norm


def unit(v):
    return v / norm(v)


def frame(a, b):
    t1 = unit(a)
    t2 = unit(cross(a, b))
    t3 = cross(t1, t2)
    return column_stack((t1, t2, t3))


def triad(b1, b2, r1, r2):
    return frame(b1, b2) @ frame(r1, r2).T


def dcm_angle(R):
    return degrees(arccos((trace(R) - 1) / 2))
