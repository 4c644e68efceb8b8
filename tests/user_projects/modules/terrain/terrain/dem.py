import numpy as np
from . import kernels


class DEM(object):
    """Digital elevation model on a regular grid."""

    def __init__(self, z, cellsize=1.0, nodata=None):
        z = np.array(z, dtype=float)
        if z.ndim != 2 or min(z.shape) < 3:
            raise ValueError('DEM must be 2D and at least 3x3, got %s' % (z.shape,))
        self.z = z
        self.cellsize = cellsize
        self.mask = np.zeros(z.shape, dtype=bool) if nodata is None else (z == nodata)
        self._cache = {}

    def _gradient(self):
        if 'grad' not in self._cache:
            gy, gx = np.gradient(self.z, self.cellsize)
            self._cache['grad'] = gx, gy
        return self._cache['grad']

    def slope(self, units='degrees'):
        gx, gy = self._gradient()
        s = np.arctan(np.hypot(gx, gy))
        if units.lower().startswith('deg'):
            s = np.degrees(s)
        return np.where(self.mask, 0.0, s)

    def hillshade(self, azimuth=315.0, altitude=45.0):
        gx, gy = self._gradient()
        az = np.radians(360.0 - azimuth + 90.0)
        alt = np.radians(altitude)
        slope = np.pi / 2. - np.arctan(np.sqrt(gx * gx + gy * gy))
        aspect = np.arctan2(-gx, gy)
        shaded = np.sin(alt) * np.sin(slope) + np.cos(alt) * np.cos(slope) * np.cos(az - aspect)
        return 255 * (shaded + 1) / 2

    def smooth(self, weight):
        return DEM(kernels.laplace_step(self.z, weight), self.cellsize)

    def flow_accumulation(self):
        """Multiple flow direction accumulation, highest cell first."""
        acc = np.ones(self.z.shape)
        order = np.argsort(self.z, axis=None)[::-1]
        for flat in order:
            i, j = np.unravel_index(flat, self.z.shape)
            w, nb = kernels.downslope_weights(self.z, i, j, self.cellsize)
            for wk, (a, b) in zip(w, nb):
                acc[a, b] += acc[i, j] * wk
        return acc
