"""Daubechies-4 wavelet transform (Numerical Recipes daub4/wt1 port)."""
import numpy as np

C0 = (1 + np.sqrt(3)) / (4 * np.sqrt(2))
C1 = (3 + np.sqrt(3)) / (4 * np.sqrt(2))
C2 = (3 - np.sqrt(3)) / (4 * np.sqrt(2))
C3 = (1 - np.sqrt(3)) / (4 * np.sqrt(2))


def daub4(a, n, isign):
    if n < 4:
        return
    wksp = np.zeros(n)
    nh = n // 2
    if isign >= 0:
        i = 0
        for j in range(0, n - 3, 2):
            wksp[i] = C0 * a[j] + C1 * a[j + 1] + C2 * a[j + 2] + C3 * a[j + 3]
            wksp[i + nh] = C3 * a[j] - C2 * a[j + 1] + C1 * a[j + 2] - C0 * a[j + 3]
            i += 1
        wksp[i] = C0 * a[n - 2] + C1 * a[n - 1] + C2 * a[0] + C3 * a[1]
        wksp[i + nh] = C3 * a[n - 2] - C2 * a[n - 1] + C1 * a[0] - C0 * a[1]
    else:
        wksp[0] = C2 * a[nh - 1] + C1 * a[n - 1] + C0 * a[0] + C3 * a[nh]
        wksp[1] = C3 * a[nh - 1] - C0 * a[n - 1] + C1 * a[0] - C2 * a[nh]
        j = 2
        for i in range(nh - 1):
            wksp[j] = C2 * a[i] + C1 * a[i + nh] + C0 * a[i + 1] + C3 * a[i + nh + 1]
            j += 1
            wksp[j] = C3 * a[i] - C0 * a[i + nh] + C1 * a[i + 1] - C2 * a[i + nh + 1]
            j += 1
    a[:n] = wksp


def wt1(a, isign=1):
    a = a.copy()
    n = len(a)
    if isign >= 0:
        nn = n
        while nn >= 4:
            daub4(a, nn, isign)
            nn >>= 1
    else:
        nn = 4
        while nn <= n:
            daub4(a, nn, isign)
            nn <<= 1
    return a


def denoise(sig, thresh):
    w = wt1(sig)
    w = np.sign(w) * np.clip(np.abs(w) - thresh, 0, None)
    return wt1(w, -1)


t = np.arange(16) / 16.
s = np.sin(2 * np.pi * 2 * t) + .3 * np.cos(31 * t * t) + t
PROGRAMS = [(wt1, (s,)), (denoise, (s, 0.12))]
