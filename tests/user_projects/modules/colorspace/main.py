"""Colour conversions."""
import numpy as np

M_RGB2XYZ = np.array([[0.4124564, 0.3575761, 0.1804375],
                      [0.2126729, 0.7151522, 0.0721750],
                      [0.0193339, 0.1191920, 0.9503041]])
WHITE_D65 = np.array([0.95047, 1.0, 1.08883])


def _prepare(arr):
    arr = np.asanyarray(arr)
    if arr.shape[-1] != 3:
        raise ValueError("the input array must have size 3 along the last axis, got %s" % (arr.shape,))
    return arr.astype(float, copy=True)


def rgb2xyz(rgb):
    arr = _prepare(rgb)
    mask = arr > 0.04045
    arr[mask] = np.power((arr[mask] + 0.055) / 1.055, 2.4)
    arr[~mask] /= 12.92
    return np.dot(arr, M_RGB2XYZ.T)


def xyz2lab(xyz):
    arr = _prepare(xyz)
    arr = arr / WHITE_D65
    mask = arr > 0.008856
    arr[mask] = np.cbrt(arr[mask])
    arr[~mask] = 7.787 * arr[~mask] + 16. / 116.
    x, y, z = arr[..., 0], arr[..., 1], arr[..., 2]
    L = (116. * y) - 16.
    a = 500.0 * (x - y)
    b = 200.0 * (y - z)
    return np.concatenate([v[..., np.newaxis] for v in [L, a, b]], axis=-1)


def rgb2lab(rgb):
    return xyz2lab(rgb2xyz(rgb))


def deltaE(lab1, lab2):
    lab1 = np.asarray(lab1)
    lab2 = np.asarray(lab2)
    L1, a1, b1 = np.moveaxis(lab1, -1, 0)[:3]
    L2, a2, b2 = np.moveaxis(lab2, -1, 0)[:3]
    return np.sqrt((L2 - L1) ** 2 + (a2 - a1) ** 2 + (b2 - b1) ** 2)


def mean_difference(img1, img2):
    return deltaE(rgb2lab(img1), rgb2lab(img2)).mean()


def rgb2hsv(rgb):
    arr = _prepare(rgb)
    out = np.empty_like(arr)
    out_v = arr.max(-1)
    delta = np.ptp(arr, axis=-1)
    out_s = delta / out_v
    out_s[delta == 0.] = 0.
    idx = (arr[..., 0] == out_v)
    out[idx, 0] = (arr[idx, 1] - arr[idx, 2]) / delta[idx]
    idx = (arr[..., 1] == out_v)
    out[idx, 0] = 2. + (arr[idx, 2] - arr[idx, 0]) / delta[idx]
    idx = (arr[..., 2] == out_v)
    out[idx, 0] = 4. + (arr[idx, 0] - arr[idx, 1]) / delta[idx]
    out_h = (out[..., 0] / 6.) % 1.
    out[..., 0] = out_h
    out[..., 1] = out_s
    out[..., 2] = out_v
    return out


img = np.array([[[.2, .5, .7], [.9, .03, .4], [.33, .61, .12]], [[.5, .45, .8], [.02, .3, .65], [.8, .7, .1]]])
img2 = img[::-1] * 0.8 + 0.06
PROGRAMS = [
    (rgb2lab, (img,)),
    (mean_difference, (img, img2)),
    (rgb2hsv, (img,)),
]
