from geodesy import Ellipsoid, WGS84
from geodesy.convert import geodetic2ecef, ecef2geodetic, ecef2enu
import numpy as np


def enu_offset(lat, lon, h):
    """position relative to the base station in Zurich"""
    base = (47.3769, 8.5417, 408.0)
    xyz = geodetic2ecef(lat, lon, h)
    return ecef2enu(xyz, *base)


def roundtrip(x, y, z):
    return ecef2geodetic(np.array([x, y, z]))


def meridian_radius(lat_deg, f_inv):
    ell = Ellipsoid(6378137.0, 1 / f_inv)
    phi = np.deg2rad(lat_deg)
    return ell.M(phi), ell.N(phi)


PROGRAMS = [(enu_offset, (47.41, 8.60, 520.0)),
            (roundtrip, (4278.9e3, 643.0e3, 4671.0e3)),
            (meridian_radius, (46.0, 298.25))]
