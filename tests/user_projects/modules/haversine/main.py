"""Geodesy helpers."""
import math
import numpy as np

R_EARTH = 6371.0
WGS84_A = 6378137.0
WGS84_F = 1 / 298.257223563


def haversine(lat1, lon1, lat2, lon2):
    lat1, lon1, lat2, lon2 = map(np.radians, [lat1, lon1, lat2, lon2])
    a = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * R_EARTH * np.arcsin(np.sqrt(a))


def track_length(lat, lon):
    """Length in km of the polyline."""
    if len(lat) != len(lon):
        raise ValueError
    return haversine(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum()


def geodetic_to_ecef(lat, lon, h):
    phi = math.radians(lat)
    lam = math.radians(lon)
    e2 = WGS84_F * (2 - WGS84_F)
    N = WGS84_A / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    return np.array([(N + h) * math.cos(phi) * math.cos(lam),
                     (N + h) * math.cos(phi) * math.sin(lam),
                     (N * (1 - e2) + h) * math.sin(phi)])


def ecef_to_enu(xyz, lat0, lon0, h0):
    d = xyz - geodetic_to_ecef(lat0, lon0, h0)
    s1, c1 = math.sin(math.radians(lat0)), math.cos(math.radians(lat0))
    s2, c2 = math.sin(math.radians(lon0)), math.cos(math.radians(lon0))
    R = np.array([[-s2, c2, 0], [-s1 * c2, -s1 * s2, c1], [c1 * c2, c1 * s2, s1]])
    return R.dot(d)


def vincenty(lat1, lon1, lat2, lon2, maxiter=15):
    a, f = WGS84_A, WGS84_F
    b = (1 - f) * a
    U1 = math.atan((1 - f) * math.tan(math.radians(lat1)))
    U2 = math.atan((1 - f) * math.tan(math.radians(lat2)))
    L = math.radians(lon2 - lon1)
    lam = L
    sinU1, cosU1, sinU2, cosU2 = math.sin(U1), math.cos(U1), math.sin(U2), math.cos(U2)
    for it in range(maxiter):
        sl, cl = math.sin(lam), math.cos(lam)
        sin_sigma = math.sqrt((cosU2 * sl) ** 2 + (cosU1 * sinU2 - sinU1 * cosU2 * cl) ** 2)
        if sin_sigma == 0:
            return 0.0
        cos_sigma = sinU1 * sinU2 + cosU1 * cosU2 * cl
        sigma = math.atan2(sin_sigma, cos_sigma)
        sin_alpha = cosU1 * cosU2 * sl / sin_sigma
        cos_sq = 1 - sin_alpha ** 2
        try:
            cos2m = cos_sigma - 2 * sinU1 * sinU2 / cos_sq
        except ZeroDivisionError:
            cos2m = 0
        C = f / 16 * cos_sq * (4 + f * (4 - 3 * cos_sq))
        lam = L + (1 - C) * f * sin_alpha * (sigma + C * sin_sigma * (cos2m + C * cos_sigma * (-1 + 2 * cos2m ** 2)))
    u2 = cos_sq * (a ** 2 - b ** 2) / b ** 2
    A = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    B = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    ds = B * sin_sigma * (cos2m + B / 4 * (cos_sigma * (-1 + 2 * cos2m ** 2)))
    return b * A * (sigma - ds)


PROGRAMS = [
    (track_length, (np.array([47.1, 47.3, 47.8, 48.0]), np.array([8.2, 8.6, 8.7, 9.4]))),
    (ecef_to_enu, (np.array([4282000., 636000., 4668000.]), 47.3, 8.5, 400.0)),
    (vincenty, (50.06, -5.71, 58.64, -3.07)),
]
