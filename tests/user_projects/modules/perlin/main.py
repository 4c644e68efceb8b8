import numpy as np

_perm = np.arange(64)
np.random.RandomState(7).shuffle(_perm)
_perm = np.concatenate([_perm, _perm])


def perlin(x, y, octaves=3, persistence=0.5):
    """2D gradient noise at the points x, y."""
    def fade(t):
        return t * t * t * (t * (t * 6 - 15) + 10)

    def gradient(h, dx, dy):
        vectors = np.array([[0, 1], [0, -1], [1, 0], [-1, 0], [1, 1], [-1, 1]])
        g = vectors[h % 6]
        return g[:, 0] * dx + g[:, 1] * dy

    def lerp(a, b, t):
        return a + t * (b - a)

    total = np.zeros_like(x)
    amp = 1.0
    freq = 1.0
    norm = 0.0
    for _ in range(octaves):
        px, py = x * freq, y * freq
        xi = np.floor(px).astype(int)
        yi = np.floor(py).astype(int)
        xf = px - xi
        yf = py - yi
        u, v = fade(xf), fade(yf)
        xi %= 64
        yi %= 64
        n00 = gradient(_perm[_perm[xi] + yi], xf, yf)
        n01 = gradient(_perm[_perm[xi] + yi + 1], xf, yf - 1)
        n11 = gradient(_perm[_perm[xi + 1] + yi + 1], xf - 1, yf - 1)
        n10 = gradient(_perm[_perm[xi + 1] + yi], xf - 1, yf)
        total += amp * lerp(lerp(n00, n10, u), lerp(n01, n11, u), v)
        norm += amp
        amp *= persistence
        freq *= 2
    return total / norm


PROGRAMS = [(perlin, (np.array([.3, 1.7, 4.2, 10.6]), np.array([2.2, .9, 3.3, 7.1]), 3, 0.55))]
