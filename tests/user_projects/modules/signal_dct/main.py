"""DCT, overlap-add, short-time spectra."""
import numpy as np
import numpy.fft as fft


def dct2(x):
    N = x.shape[-1]
    v = np.concatenate([x[::2], x[1::2][::-1]])
    V = fft.fft(v)
    k = np.arange(N)
    return 2 * np.real(V * np.exp(-1j * np.pi * k / (2 * N)))


def stft(x, nfft=16, hop=8):
    win = np.hanning(nfft + 1)[:-1]
    nframes = 1 + (len(x) - nfft) // hop
    S = np.empty((nfft // 2 + 1, nframes), dtype=complex)
    for m in range(nframes):
        S[:, m] = fft.rfft(win * x[m * hop:m * hop + nfft])
    return S


def mel_filterbank(sr, nfft, nmel):
    mel = lambda f: 2595.0 * np.log10(1 + f / 700.0)
    imel = lambda m: 700.0 * (10 ** (m / 2595.0) - 1)
    pts = imel(np.linspace(mel(50.), mel(sr / 2.), nmel + 2))
    freqs = np.linspace(0, sr / 2., nfft // 2 + 1)
    fb = np.zeros((nmel, len(freqs)))
    for i in range(nmel):
        lo, c, hi = pts[i:i + 3]
        up = (freqs - lo) / (c - lo)
        down = (hi - freqs) / (hi - c)
        fb[i] = np.maximum(0, np.minimum(up, down))
    return fb


def mfcc(x, sr=8000, nmel=6, ncep=4):
    P = np.abs(stft(x)) ** 2
    E = np.dot(mel_filterbank(sr, 16, nmel), P)
    L = np.log(E + 1e-3)
    return np.apply_along_axis(dct2, 0, L)[:ncep]


def spectral_centroid(x, sr):
    X = np.abs(fft.rfft(x * np.hamming(len(x))))
    f = fft.rfftfreq(len(x), d=1.0 / sr)
    return np.sum(f * X) / np.sum(X)


n = np.arange(40)
sig = np.sin(.7 * n) + .5 * np.cos(1.9 * n + .4) + .1 * n / 40
PROGRAMS = [(mfcc, (sig,)), (spectral_centroid, (sig, 8000.0))]
