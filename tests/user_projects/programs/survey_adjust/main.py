import numpy as np
from survey import Network
from survey.observations import distance, azimuth
import survey.stats as st

APPROX = {'P': (512.0, 498.0)}
FIXED = {'A': (100.0, 120.0), 'B': (880.0, 200.0), 'C': (480.0, 900.0)}


def adjust(obs_dist, sigma):
    net = Network(FIXED, APPROX)
    for name, d in zip('ABC', obs_dist):
        net.add_distance(name, 'P', d, sigma)
    for it in range(3):
        dx = net.iterate()
    return net.xy('P')


def error_ellipse(px, py, s_mm):
    net = Network(FIXED, {'P': (px, py)})
    for name in FIXED:
        net.add_distance(name, 'P', 100.0, s_mm / 1000)
    net.add_azimuth('A', 'P', 0.8, 5e-6)
    return st.ellipse(net.cofactor())


def traverse(legs, az0):
    """legs: list of (distance, turn angle)"""
    e, n = 0, 0
    az = az0
    pts = []
    for d, turn in legs:
        az = az + turn
        e += d * np.sin(az)
        n += d * np.cos(az)
        pts.append([e, n])
    return np.array(pts)


PROGRAMS = [(adjust, (np.array([559.02, 473.3, 404.0]), 0.01)),
            (error_ellipse, (510.0, 500.0, 5.0)),
            (traverse, (np.array([[100.0, 0.1], [80.0, 0.9], [120.0, 1.2]]), 0.3))]
