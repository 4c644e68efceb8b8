import numpy as np


def biquad_coeffs(f0, Q, fs, gain_db):
    """RBJ cookbook peaking EQ."""
    A = 10 ** (gain_db / 40)
    w0 = 2 * np.pi * f0 / fs
    alpha = np.sin(w0) / (2 * Q)
    b = np.array([1 + alpha * A, -2 * np.cos(w0), 1 - alpha * A])
    a = np.array([1 + alpha / A, -2 * np.cos(w0), 1 - alpha / A])
    return b / a[0], a / a[0]


def lfilter(b, a, x):
    y = np.zeros(len(x))
    for n in range(len(x)):
        acc = 0.0
        for k in range(len(b)):
            if n - k >= 0:
                acc += b[k] * x[n - k]
        for k in range(1, len(a)):
            if n - k >= 0:
                acc -= a[k] * y[n - k]
        y[n] = acc
    return y


def eq(x, f0, Q, gain_db):
    b, a = biquad_coeffs(f0, Q, 8000., gain_db)
    return lfilter(b, a, x)


def magnitude_response(f0, Q, gain_db, freqs):
    b, a = biquad_coeffs(f0, Q, 44100.0, gain_db)
    z = np.exp(-1j * 2 * np.pi * freqs / 44100.0)
    H = (b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2)
    return 20 * np.log10(np.abs(H))


def spectral_centroid(x):
    win = np.hanning(len(x))
    mag = np.abs(np.fft.rfft(x * win))
    f = np.fft.rfftfreq(len(x), d=1 / 8000.)
    return np.sum(f * mag**2) / np.sum(mag**2)


sig = np.sin(2 * np.pi * 440 * np.arange(32) / 8000.) + 0.3 * np.cos(2 * np.pi * 1300 * np.arange(32) / 8000.) + 0.05

PROGRAMS = [
    (eq, (sig, 700.0, 1.1, 6.0)),
    (magnitude_response, (1000.0, 0.9, -4.5, np.array([120., 500., 900., 3000.]))),
    (spectral_centroid, (sig,)),
]
