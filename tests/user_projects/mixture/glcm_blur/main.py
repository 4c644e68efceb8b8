import numpy as np


def gaussian_kernel(sigma, radius=2):
    x = np.arange(-radius, radius + 1)
    k = np.exp(-x**2 / (2. * sigma**2))
    return k / k.sum()


def blur(img, sigma):
    k = gaussian_kernel(sigma)
    r = len(k) // 2
    pad = np.pad(img, r, mode='reflect')
    tmp = np.apply_along_axis(lambda row: np.convolve(row, k, mode='valid'), 1, pad)
    return np.apply_along_axis(lambda col: np.convolve(col, k, mode='valid'), 0, tmp)


def unsharp(img, sigma, amount):
    return img + amount * (img - blur(img, sigma))


def harris(img, k=0.05):
    gy, gx = np.gradient(img)
    A = blur(gx * gx, 1.0)
    B = blur(gy * gy, 1.0)
    C = blur(gx * gy, 1.0)
    return A * B - C**2 - k * (A + B)**2


IMG = np.random.RandomState(3).rand(7, 6)
PROGRAMS = [(unsharp, (IMG, 1.1, 0.8)), (harris, (IMG, 0.05))]
