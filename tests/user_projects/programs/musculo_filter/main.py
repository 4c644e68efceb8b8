import numpy as np
import filters.smoothing as sm
from filters import median_free_peak as pk


def emg_envelope(sig, tau):
    rect = np.sqrt(sig**2 + 1e-3)
    return sm.exponential(rect, tau, dt=0.01)


def peak_width(amp, center, width):
    x = np.linspace(0, 10, 41)
    y = pk.gauss(x, amp, center, width) + 0.3 * pk.lorentz(x, amp, center + 0.5, width)
    return pk.moments(x, y)


PROGRAMS = [(emg_envelope, (np.sin(np.arange(20) * 1.3) * np.hanning(20) + 0.1, 0.05)),
            (peak_width, (2.0, 4.3, 0.8))]
