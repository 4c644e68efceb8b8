"""Image processing assignment: filtering, edges, resampling."""
import numpy as np
from itertools import product


def gaussian_kernel(size, sigma):
    k = size // 2
    y, x = np.mgrid[-k:k + 1, -k:k + 1]
    g = np.exp(-(x ** 2 + y ** 2) / (2.0 * sigma ** 2))
    return g / g.sum()


def convolve2d(img, kernel, mode='reflect'):
    kh, kw = kernel.shape
    ph, pw = kh // 2, kw // 2
    padded = np.pad(img, ((ph, ph), (pw, pw)), mode=mode)
    out = np.zeros(img.shape)
    flipped = np.flipud(np.fliplr(kernel))
    for i, j in product(range(img.shape[0]), range(img.shape[1])):
        out[i, j] = (padded[i:i + kh, j:j + kw] * flipped).sum()
    return out


def sobel_magnitude(img, sigma):
    Kx = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    sm = convolve2d(img, gaussian_kernel(3, sigma))
    gx = convolve2d(sm, Kx, mode='edge')
    gy = convolve2d(sm, Kx.T, mode='edge')
    return np.sqrt(gx ** 2 + gy ** 2 + 1e-6)


def bilinear(img, xs, ys):
    x0 = np.floor(xs).astype(int)
    y0 = np.floor(ys).astype(int)
    x1 = np.clip(x0 + 1, 0, img.shape[1] - 1)
    y1 = np.clip(y0 + 1, 0, img.shape[0] - 1)
    x0 = np.clip(x0, 0, img.shape[1] - 1)
    y0 = np.clip(y0, 0, img.shape[0] - 1)
    wx = xs - x0
    wy = ys - y0
    return (img[y0, x0] * (1 - wx) * (1 - wy) + img[y0, x1] * wx * (1 - wy)
            + img[y1, x0] * (1 - wx) * wy + img[y1, x1] * wx * wy)


def rotate(img, angle_deg):
    h, w = img.shape
    t = np.deg2rad(angle_deg)
    cy, cx = (h - 1) / 2., (w - 1) / 2.
    yy, xx = np.meshgrid(np.arange(h), np.arange(w), indexing='ij')
    xs = np.cos(t) * (xx - cx) + np.sin(t) * (yy - cy) + cx
    ys = -np.sin(t) * (xx - cx) + np.cos(t) * (yy - cy) + cy
    valid = (xs >= 0) & (xs <= w - 1) & (ys >= 0) & (ys <= h - 1)
    out = np.zeros_like(img)
    out[valid] = bilinear(img, xs[valid], ys[valid])
    return out


img = np.sin(np.arange(36.)).reshape(6, 6) + np.linspace(0, 1, 6)
PROGRAMS = [
    (sobel_magnitude, (img, 0.8)),
    (rotate, (img, 12.0)),
    (bilinear, (img, np.array([.3, 2.6, 4.1]), np.array([1.2, 3.7, 0.4]))),
]
