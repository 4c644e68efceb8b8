import numpy as np
import geo


def enu_baseline(lat, lon, h):
    xyz = geo.geodetic_to_ecef(lat, lon, h)
    return geo.ecef_to_enu(xyz, 46.0, 7.0, 500.0)


def position_to_llh(xyz):
    return np.array(geo.ecef_to_geodetic(xyz))


def utm(lat, lon):
    proj = geo.TransverseMercator(9.0)
    e, n = proj.forward(lat, lon)
    return np.stack([e, n], axis=-1) / 1000.


PROGRAMS = [
    (enu_baseline, (47.2, 8.1, 900.0)),
    (position_to_llh, (np.array([4278990.2, 635824.1, 4672339.8]),)),
    (utm, (np.array([46.1, 48.7]), np.array([7.5, 11.2]))),
]
