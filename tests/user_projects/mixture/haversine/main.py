import numpy as np


def haversine(lat1, lon1, lat2, lon2, radius=6371.0088):
    lat1, lon1, lat2, lon2 = map(np.radians, [lat1, lon1, lat2, lon2])
    dlon = lon2 - lon1
    dlat = lat2 - lat1
    a = np.sin(dlat / 2.0)**2 + np.cos(lat1) * np.cos(lat2) * np.sin(dlon / 2.0)**2
    return 2 * radius * np.arcsin(np.sqrt(a))


def track_length(lats, lons):
    return np.sum(haversine(lats[:-1], lons[:-1], lats[1:], lons[1:]))


def initial_bearing(lat1, lon1, lat2, lon2):
    p1, p2 = np.deg2rad(lat1), np.deg2rad(lat2)
    dl = np.deg2rad(lon2 - lon1)
    x = np.sin(dl) * np.cos(p2)
    y = np.cos(p1) * np.sin(p2) - np.sin(p1) * np.cos(p2) * np.cos(dl)
    return (np.rad2deg(np.arctan2(x, y)) + 360) % 360


PROGRAMS = [
    (haversine, (52.2, 21.0, 41.9, 12.5)),
    (track_length, (np.array([40.1, 44.3, 47.6, 52.2]), np.array([-3.2, 2.9, 11.1, 19.9]))),
    (initial_bearing, (35.0, 45.0, 35.5, 135.0)),
]
