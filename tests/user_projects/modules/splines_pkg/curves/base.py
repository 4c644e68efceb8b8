import abc
import numpy as np


class Interpolator(abc.ABC):
    def __init__(self, x, y):
        x = np.ascontiguousarray(x)
        y = np.ascontiguousarray(y)
        if x.ndim != 1 or y.shape[0] != x.size:
            raise ValueError("x and y arrays must be equal in length along interpolation axis.")
        if (np.diff(x) < 0).any():
            raise ValueError("x must be sorted")
        self.x = x
        self.y = y
        self._setup()

    @abc.abstractmethod
    def _setup(self):
        ...

    def _locate(self, xq):
        idx = np.searchsorted(self.x, xq) - 1
        return np.clip(idx, 0, len(self.x) - 2)

    @abc.abstractmethod
    def _eval(self, i, t):
        ...

    def __call__(self, xq):
        xq = np.asarray(xq)
        shape = xq.shape
        flat = xq.reshape(-1)
        i = self._locate(flat)
        return self._eval(i, flat - self.x[i]).reshape(shape)
