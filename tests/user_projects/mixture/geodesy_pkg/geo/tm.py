import numpy as np
from .ellipsoid import GRS80


class TransverseMercator:
    """Krueger series to n^3."""

    def __init__(self, lon0, k0=0.9996, fe=500000., fn=0., ell=GRS80):
        self.lon0, self.k0, self.fe, self.fn = lon0, k0, fe, fn
        self.ell = ell
        n = ell.n
        self._A = ell.a / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
        self._alpha = (n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16,
                       13 * n**2 / 48 - 3 * n**3 / 5,
                       61 * n**3 / 240)

    def forward(self, lat, lon):
        phi = np.deg2rad(lat)
        lam = np.deg2rad(lon - self.lon0)
        c = 2 * np.sqrt(self.ell.n) / (1 + self.ell.n)
        t = np.sinh(np.arctanh(np.sin(phi)) - c * np.arctanh(c * np.sin(phi)))
        xi = np.arctan2(t, np.cos(lam))
        eta = np.arctanh(np.sin(lam) / np.sqrt(1 + t**2))
        x, y = eta, xi
        for j, a in enumerate(self._alpha, start=1):
            x = x + a * np.cos(2 * j * xi) * np.sinh(2 * j * eta)
            y = y + a * np.sin(2 * j * xi) * np.cosh(2 * j * eta)
        return self.fe + self.k0 * self._A * x, self.fn + self.k0 * self._A * y
