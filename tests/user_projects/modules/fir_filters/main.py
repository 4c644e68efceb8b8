"""Filter design (windowed sinc) and application."""
import numpy as np
import numpy.fft as fft


def window(name, M):
    n = np.arange(M)
    if name == 'hann':
        return 0.5 - 0.5 * np.cos(2 * np.pi * n / (M - 1))
    elif name == 'hamming':
        return np.hamming(M)
    elif name in ('rect', 'boxcar', None):
        return np.ones(M)
    elif isinstance(name, tuple) and name[0] == 'kaiser':
        return np.kaiser(M, name[1])
    raise ValueError("Unknown window %s" % (name,))


def firwin(numtaps, cutoff, win='hamming', scale=True):
    """Lowpass or bandpass, cutoff in units of Nyquist."""
    cutoff = np.atleast_1d(cutoff)
    if cutoff.ndim > 1:
        raise ValueError("The cutoff argument must be at most one-dimensional.")
    if cutoff.min() <= 0 or cutoff.max() >= 1:
        raise ValueError("Invalid cutoff frequency")
    if np.any(np.diff(cutoff) <= 0):
        raise ValueError("must be increasing")
    pass_zero = bool(cutoff.size & 1)
    cutoff = np.hstack(([0.0] * pass_zero, cutoff))
    bands = cutoff.reshape(-1, 2)
    alpha = 0.5 * (numtaps - 1)
    m = np.arange(0, numtaps) - alpha
    h = 0
    for left, right in bands:
        h += right * np.sinc(right * m)
        h -= left * np.sinc(left * m)
    h *= window(win, numtaps)
    if scale:
        left, right = bands[0]
        if left == 0:
            scale_frequency = 0.0
        else:
            scale_frequency = 0.5 * (left + right)
        c = np.cos(np.pi * m * scale_frequency)
        s = np.sum(h * c)
        h /= s
    return h


def fftfilt(b, x):
    n = len(x) + len(b) - 1
    nfft = int(2 ** np.ceil(np.log2(n)))
    y = fft.ifft(fft.fft(b, nfft) * fft.fft(x, nfft)).real
    return y[:len(x)]


def lowpass_energy(x, cutoff):
    h = firwin(11, cutoff)
    y = fftfilt(h, x)
    return np.sum(y ** 2)


def magnitude_db(cutoff, npts):
    h = firwin(15, cutoff, win=('kaiser', 4.0))
    w = np.linspace(0.1, 1.2, npts)
    H = np.array([np.sum(h * np.exp(-1j * wk * np.arange(len(h)))) for wk in w])
    return 20 * np.log10(np.abs(H))


t = np.arange(40) / 40.
x = np.sin(2 * np.pi * 3 * t) + 0.4 * np.cos(2 * np.pi * 11 * t + .3)
PROGRAMS = [
    (lowpass_energy, (x, 0.35)),
    (magnitude_db, (np.array([0.1, 0.6]), 8)),
]
