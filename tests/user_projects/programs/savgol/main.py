import numpy as np


def savgol_coeffs(window, order, deriv=0):
    half = (window - 1) // 2
    b = np.array([[k**i for i in range(order + 1)] for k in range(-half, half + 1)], dtype=float)
    m = np.linalg.pinv(b)[deriv]
    return m


def savitzky_golay(y, window_size, order):
    half = (window_size - 1) // 2
    m = savgol_coeffs(window_size, order)
    # pad the signal at the extremes with values taken from the signal itself
    firstvals = y[0] - np.abs(y[1:half+1][::-1] - y[0])
    lastvals = y[-1] + np.abs(y[-half-1:-1][::-1] - y[-1])
    y = np.concatenate((firstvals, y, lastvals))
    return np.convolve(m[::-1], y, mode='valid')


def moving_average(a, n=3):
    ret = np.cumsum(a, dtype=float)
    ret[n:] = ret[n:] - ret[:-n]
    return ret[n - 1:] / n


tt = np.linspace(-2, 2, 15)
PROGRAMS = [(savitzky_golay, (np.exp(-tt**2) + 0.05 * np.sin(9 * tt) + 0.1 * tt, 7, 3)),
            (moving_average, (np.exp(tt), 4))]
