from math import sqrt, atan2


def ellipse(Q):
    qxx, qyy, qxy = Q[0, 0], Q[1, 1], Q[0, 1]
    k = sqrt((qxx - qyy)**2 + 4 * qxy**2)
    a = sqrt((qxx + qyy + k) / 2)
    b = sqrt((qxx + qyy - k) / 2)
    t = 0.5 * atan2(2 * qxy, qxx - qyy)
    return a * 1000, b * 1000, t
