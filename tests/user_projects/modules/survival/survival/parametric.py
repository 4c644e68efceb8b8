import math
import numpy as np
from .base import ParametricModel, check_survival


class ExponentialModel(ParametricModel):
    def fit(self, time, event):
        t, e = check_survival(time, event)
        self.rate_ = e.sum() / t.sum()
        self._fitted = True
        return self

    def _mean(self):
        return 1 / self.rate_


class WeibullModel(ParametricModel):
    def fit(self, time, event):
        t, e = check_survival(time, event)
        logt = np.log(t)
        d = e.sum()
        k = 1.0
        for i in range(self.n_iter):
            tk = t ** k
            s0, s1, s2 = tk.sum(), (tk * logt).sum(), (tk * logt ** 2).sum()
            g = d / k + logt[e].sum() - d * s1 / s0
            h = -d / k ** 2 - d * (s2 * s0 - s1 ** 2) / s0 ** 2
            k -= g / h
        self.shape_ = k
        self.scale_ = (np.sum(t ** k) / d) ** (1 / k)
        self._fitted = True
        return self

    def survival(self, t):
        self._require()
        return np.exp(-(t / self.scale_) ** self.shape_)

    def _mean(self):
        return self.scale_ * math.gamma(1 + 1 / self.shape_)
