from math import pi, cos, sin, sqrt, atan2, radians
import numpy as np

SPEEDS = {'M2': 28.984104, 'S2': 30.0, 'K1': 15.041069, 'O1': 13.943035}   # deg / hour


def tide_height(t, amps, phases, z0=2.0):
    h = z0
    for (name, speed), a, p in zip(SPEEDS.items(), amps, phases):
        h += a * cos(radians(speed * t) - p)
    return h


def harmonic_analysis(times, levels):
    cols = [np.ones_like(times)]
    for name in SPEEDS:
        w = SPEEDS[name] * pi / 180
        cols.append(np.cos(w * times))
        cols.append(np.sin(w * times))
    A = np.stack(cols, axis=1)
    x = np.linalg.solve(A.T @ A, A.T @ levels)
    out = {}
    for i, name in enumerate(SPEEDS):
        a, b = x[1 + 2*i], x[2 + 2*i]
        out[name] = (sqrt(a*a + b*b), atan2(b, a))
    return x[0], out


def tidal_form_number(levels):
    times = np.arange(len(levels)) * 3.0
    z0, con = harmonic_analysis(times, levels)
    F = (con['K1'][0] + con['O1'][0]) / (con['M2'][0] + con['S2'][0])
    return F


_t = np.arange(40) * 3.0
_lv = np.array([tide_height(t, [1.2, 0.5, 0.3, 0.2], [0.3, 1.0, 2.0, -0.5]) for t in _t]) + 0.02 * np.sin(_t)
PROGRAMS = [(tide_height, (7.5, np.array([1.2, 0.5, 0.3, 0.2]), np.array([0.3, 1.0, 2.0, -0.5]))),
            (tidal_form_number, (_lv,))]
