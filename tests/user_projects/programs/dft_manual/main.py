import numpy as np


def dft_matrix(N):
    n = np.arange(N)
    k = n.reshape((N, 1))
    return np.exp(-2j * np.pi * k * n / N)


def DFT(x):
    x = np.asarray(x, dtype=float)
    return np.dot(dft_matrix(x.shape[0]), x)


def hann(N):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N) / (N - 1))


def periodogram(x):
    w = hann(len(x))
    X = DFT(x * w)
    P = np.abs(X) ** 2 / np.sum(w ** 2)
    return P[:len(x) // 2 + 1]


def spectral_centroid(x, fs):
    P = periodogram(x)
    f = np.arange(len(P)) * fs / len(x)
    return np.sum(f * P) / np.sum(P)


t = np.arange(32) / 32.0
sig = np.sin(2 * np.pi * 5 * t) + 0.5 * np.cos(2 * np.pi * 9 * t) + 0.1
PROGRAMS = [(periodogram, (sig,)), (spectral_centroid, (sig, 100.0))]
