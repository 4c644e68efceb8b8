import numpy as np
from .ellipsoid import WGS84


def geodetic_to_ecef(lat, lon, h, ell=WGS84, degrees=True):
    if degrees:
        lat, lon = np.radians(lat), np.radians(lon)
    N = ell.N(lat)
    x = (N + h) * np.cos(lat) * np.cos(lon)
    y = (N + h) * np.cos(lat) * np.sin(lon)
    z = (N * (1 - ell.e2) + h) * np.sin(lat)
    return np.array([x, y, z])


def ecef_to_geodetic(xyz, ell=WGS84, degrees=True):
    """Bowring, with iteration"""
    x, y, z = xyz
    lon = np.arctan2(y, x)
    p = np.hypot(x, y)
    beta = np.arctan2(ell.a * z, ell.b * p)
    for _ in range(5):
        lat = np.arctan2(z + ell.ep2 * ell.b * np.sin(beta)**3,
                         p - ell.e2 * ell.a * np.cos(beta)**3)
        beta = np.arctan((1 - ell.f) * np.tan(lat))
    h = p * np.cos(lat) + z * np.sin(lat) - ell.a**2 / ell.N(lat)
    if degrees:
        lat, lon = np.degrees(lat), np.degrees(lon)
    return lat, lon, h


def ecef_to_enu(xyz, lat0, lon0, h0, ell=WGS84):
    d = np.asarray(xyz) - geodetic_to_ecef(lat0, lon0, h0, ell)
    sl, cl = np.sin(np.deg2rad(lat0)), np.cos(np.deg2rad(lat0))
    so, co = np.sin(np.deg2rad(lon0)), np.cos(np.deg2rad(lon0))
    R = np.array([[-so, co, 0.0],
                  [-sl * co, -sl * so, cl],
                  [cl * co, cl * so, sl]])
    return R.dot(d)
