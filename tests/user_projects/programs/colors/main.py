import numpy as np

M_RGB2XYZ = np.array([[0.4124564, 0.3575761, 0.1804375],
                      [0.2126729, 0.7151522, 0.0721750],
                      [0.0193339, 0.1191920, 0.9503041]])
white = M_RGB2XYZ.sum(axis=1)


def srgb_to_linear(c):
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def f(t):
    d = 6 / 29
    if t > d**3:
        return t ** (1 / 3)
    return t / (3 * d**2) + 4 / 29


def rgb_to_lab(rgb):
    xyz = M_RGB2XYZ @ srgb_to_linear(rgb)
    fx, fy, fz = [f(v) for v in xyz / white]
    L = 116 * fy - 16
    a = 500 * (fx - fy)
    b = 200 * (fy - fz)
    return np.array([L, a, b])


def deltaE(c1, c2):
    return np.linalg.norm(rgb_to_lab(c1) - rgb_to_lab(c2))


def luminance_contrast(img):
    lum = 0.2126 * img[..., 0] + 0.7152 * img[..., 1] + 0.0722 * img[..., 2]
    return lum.std() / lum.mean()


PROGRAMS = [(deltaE, (np.array([0.8, 0.3, 0.2]), np.array([0.6, 0.45, 0.3]))),
            (luminance_contrast, (np.random.default_rng(5).uniform(0.1, 0.9, (4, 5, 3)),))]
