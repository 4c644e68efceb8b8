import numpy as np


def gaussian_kernel(size, sigma):
    ax = np.arange(size) - size // 2
    xx, yy = np.meshgrid(ax, ax)
    kernel = np.exp(-(xx**2 + yy**2) / (2. * sigma**2))
    return kernel / np.sum(kernel)


def convolve2d(image, kernel):
    m, n = kernel.shape
    pad = m // 2
    padded = np.pad(image, pad, mode='edge')
    out = np.zeros(image.shape)
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            out[i, j] = (padded[i:i+m, j:j+n] * kernel).sum()
    return out


def sobel(img):
    gx = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    gy = gx.T
    sx = convolve2d(img, gx)
    sy = convolve2d(img, gy)
    return np.sqrt(sx**2 + sy**2)


def blur_then_edges(img, sigma):
    k = gaussian_kernel(3, sigma)
    return sobel(convolve2d(img, k))


def unsharp(img, sigma, amount):
    blurred = convolve2d(img, gaussian_kernel(5, sigma))
    return img + amount * (img - blurred)


_im = np.add.outer(np.arange(6) ** 1.5, np.arange(6) * 0.7) / 5 + np.random.RandomState(1).rand(6, 6)
PROGRAMS = [(blur_then_edges, (_im, 0.9)), (unsharp, (_im, 1.2, 0.6))]
