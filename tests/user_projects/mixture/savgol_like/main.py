import numpy as np


def savgol_coeffs(window, order, deriv=0):
    half = window // 2
    x = np.arange(-half, half + 1)
    A = np.vander(x, order + 1, increasing=True)
    return np.linalg.pinv(A)[deriv]


def smooth(y, window=5, order=2):
    c = savgol_coeffs(window, order)
    half = window // 2
    first = y[0] - np.abs(y[1:half+1][::-1] - y[0])
    last = y[-1] + np.abs(y[-half-1:-1][::-1] - y[-1])
    ypad = np.concatenate((first, y, last))
    return np.convolve(c[::-1], ypad, mode='valid')


PROGRAMS = [(smooth, (np.array([1.0, 1.3, 2.1, 2.0, 3.2, 3.9, 4.1, 5.2, 5.0, 6.4]), 5, 2))]
