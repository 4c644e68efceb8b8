import numpy as np
from .base import Interpolator


def hermite_eval(y0, y1, d0, d1, h, t):
    s = t / h
    h00 = (1 + 2 * s) * (1 - s) ** 2
    h10 = s * (1 - s) ** 2
    h01 = s ** 2 * (3 - 2 * s)
    h11 = s ** 2 * (s - 1)
    return h00 * y0 + h10 * h * d0 + h01 * y1 + h11 * h * d1


class PchipInterpolator(Interpolator):
    def _setup(self):
        h = np.diff(self.x)
        m = np.diff(self.y) / h
        d = np.zeros_like(self.y)
        smooth = np.sign(m[1:]) * np.sign(m[:-1]) > 0
        w1 = 2 * h[1:] + h[:-1]
        w2 = h[1:] + 2 * h[:-1]
        with np.errstate(divide='ignore', invalid='ignore'):
            whmean = (w1 / m[:-1] + w2 / m[1:]) / (w1 + w2)
        d[1:-1][smooth] = 1.0 / whmean[smooth]
        d[0] = m[0]
        d[-1] = m[-1]
        self.h, self.d = h, d

    def _eval(self, i, t):
        return hermite_eval(self.y[i], self.y[i + 1], self.d[i], self.d[i + 1], self.h[i], t)
