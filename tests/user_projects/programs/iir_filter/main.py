import numpy as np


class Biquad:
    def __init__(self, kind, fc, fs, Q=0.7071):
        self.kind = kind
        self.fs = fs
        w0 = 2 * np.pi * fc / fs
        alpha = np.sin(w0) / (2 * Q)
        c = np.cos(w0)
        if kind == 'lowpass':
            b0 = (1 - c) / 2
            b1 = 1 - c
            b2 = (1 - c) / 2
        elif kind == 'highpass':
            b0 = (1 + c) / 2
            b1 = -(1 + c)
            b2 = (1 + c) / 2
        elif kind == 'bandpass':
            b0, b1, b2 = alpha, 0, -alpha
        else:
            raise ValueError(f'unknown filter type {kind!r}')
        a0 = 1 + alpha
        self.b = np.array([b0, b1, b2]) / a0
        self.a = np.array([-2 * c, 1 - alpha]) / a0
        self.reset()

    def reset(self):
        self.z = [0.0, 0.0]

    def process(self, x):
        y = self.b[0] * x + self.z[0]
        self.z[0] = self.b[1] * x - self.a[0] * y + self.z[1]
        self.z[1] = self.b[2] * x - self.a[1] * y
        return y

    def filter(self, signal):
        self.reset()
        out = np.zeros(len(signal))
        for n, x in enumerate(signal):
            out[n] = self.process(x)
        return out


def denoise(sig, fc):
    return Biquad('lowpass', fc, 100.0).filter(sig)


def fir_convolve(x, h):
    N = len(x) + len(h) - 1
    y = np.zeros(N)
    for i in range(len(x)):
        y[i:i + len(h)] += x[i] * h
    return y


s = np.sin(np.arange(24) * 0.5) + 0.3 * np.cos(np.arange(24) * 2.0)
PROGRAMS = [(denoise, (s, 12.0)), (fir_convolve, (s[:10], np.array([0.25, 0.5, 0.25])))]
