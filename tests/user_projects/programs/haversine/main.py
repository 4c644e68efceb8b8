from math import radians, sin, cos, sqrt, asin, atan2, pi
import numpy as np

R = 6372.8  # Earth radius in km


def haversine(lat1, lon1, lat2, lon2):
    dLat = radians(lat2 - lat1)
    dLon = radians(lon2 - lon1)
    lat1 = radians(lat1)
    lat2 = radians(lat2)

    a = sin(dLat / 2) ** 2 + cos(lat1) * cos(lat2) * sin(dLon / 2) ** 2
    c = 2 * asin(sqrt(a))
    return R * c


def bearing(lat1, lon1, lat2, lon2):
    p1, p2 = radians(lat1), radians(lat2)
    dl = radians(lon2 - lon1)
    y = sin(dl) * cos(p2)
    x = cos(p1) * sin(p2) - sin(p1) * cos(p2) * cos(dl)
    return (atan2(y, x) * 180 / pi + 360) % 360


def route_length(pts):
    """pts: (n, 2) of lat lon"""
    total = 0
    legs = []
    for i in range(len(pts) - 1):
        d = haversine(pts[i][0], pts[i][1], pts[i + 1][0], pts[i + 1][1])
        legs.append(d)
        total += d
    return total


PROGRAMS = [
    (bearing, (36.12, -86.67, 33.94, -118.40)),
    (route_length, (np.array([[48.85, 2.35], [50.85, 4.35], [52.37, 4.9], [52.52, 13.4]]),)),
]
