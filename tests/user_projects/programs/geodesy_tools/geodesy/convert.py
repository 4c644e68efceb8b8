import numpy as np
from numpy import sin, cos, arctan2, radians, degrees
from . import WGS84


def geodetic2ecef(lat, lon, h, ell=WGS84):
    phi, lam = radians(lat), radians(lon)
    N = ell.N(phi)
    return np.array([(N + h) * cos(phi) * cos(lam),
                     (N + h) * cos(phi) * sin(lam),
                     (N * (1 - ell.e2) + h) * sin(phi)])


def ecef2geodetic(p, ell=WGS84):
    x, y, z = p
    lon = arctan2(y, x)
    r = np.hypot(x, y)
    phi = arctan2(z, r * (1 - ell.e2))
    for i in range(5):
        N = ell.N(phi)
        phi = arctan2(z + ell.e2 * N * sin(phi), r)
    h = r / cos(phi) - ell.N(phi)
    return degrees(phi), degrees(lon), h


def ecef2enu(p, lat0, lon0, h0):
    phi, lam = radians(lat0), radians(lon0)
    R = np.array([[-sin(lam), cos(lam), 0],
                  [-sin(phi) * cos(lam), -sin(phi) * sin(lam), cos(phi)],
                  [cos(phi) * cos(lam), cos(phi) * sin(lam), sin(phi)]])
    return R.dot(p - geodetic2ecef(lat0, lon0, h0))
