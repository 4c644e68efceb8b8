import numpy as np


class Kernel:
    def __add__(self, other):
        return Sum(self, other)

    def __mul__(self, other):
        if not isinstance(other, Kernel):
            other = Constant(other)
        return Product(self, other)

    __rmul__ = __mul__

    def __call__(self, X, Y=None):
        raise NotImplementedError

    @staticmethod
    def _dist2(X, Y):
        return np.sum((X[:, None, :] - Y[None, :, :]) ** 2, axis=2)


class Constant(Kernel):
    def __init__(self, value):
        self.value = value

    def __call__(self, X, Y=None):
        Y = X if Y is None else Y
        return np.full((len(X), len(Y)), self.value)


class RBF(Kernel):
    def __init__(self, length_scale=1.0):
        self.length_scale = length_scale

    def __call__(self, X, Y=None):
        Y = X if Y is None else Y
        return np.exp(-0.5 * self._dist2(X / self.length_scale, Y / self.length_scale))


class Matern32(Kernel):
    def __init__(self, length_scale=1.0):
        self.length_scale = length_scale

    def __call__(self, X, Y=None):
        Y = X if Y is None else Y
        d = np.abs(X - Y.T) * np.sqrt(3) / self.length_scale
        return (1 + d) * np.exp(-d)


class Periodic(Kernel):
    def __init__(self, length_scale=1.0, period=1.0):
        self.length_scale = length_scale
        self.period = period

    def __call__(self, X, Y=None):
        Y = X if Y is None else Y
        arg = np.pi * (X - Y.T) / self.period
        return np.exp(-2 * (np.sin(arg) / self.length_scale) ** 2)


class White(Kernel):
    def __init__(self, noise):
        self.noise = noise

    def __call__(self, X, Y=None):
        if Y is None:
            return self.noise * np.eye(len(X))
        return np.zeros((len(X), len(Y)))


class _Binary(Kernel):
    def __init__(self, k1, k2):
        self.k1, self.k2 = k1, k2


class Sum(_Binary):
    def __call__(self, X, Y=None):
        return self.k1(X, Y) + self.k2(X, Y)


class Product(_Binary):
    def __call__(self, X, Y=None):
        return self.k1(X, Y) * self.k2(X, Y)
