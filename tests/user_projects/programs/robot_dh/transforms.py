from numpy import *


def dh(theta, a, alpha, d):
    ct, st = cos(theta), sin(theta)
    ca, sa = cos(alpha), sin(alpha)
    return array([[ct, -st * ca, st * sa, a * ct],
                  [st, ct * ca, -ct * sa, a * st],
                  [0, sa, ca, d],
                  [0, 0, 0, 1]])


def tr2rpy(T):
    r = arctan2(T[2, 1], T[2, 2])
    p = arctan2(-T[2, 0], sqrt(T[2, 1]**2 + T[2, 2]**2))
    y = arctan2(T[1, 0], T[0, 0])
    return array([r, p, y])
