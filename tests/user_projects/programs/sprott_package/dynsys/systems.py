import numpy as np

_registry = {}


def register(name):
    def deco(cls):
        _registry[name] = cls
        cls.name = name
        return cls
    return deco


def get(name, **params):
    if name not in _registry:
        raise KeyError(f'no system called {name}, have {sorted(_registry)}')
    return _registry[name](**params)


class System:
    dim = 2

    def __call__(self, t, x):
        return self.rhs(t, *x)


@register('vdp')
class VanDerPol(System):
    def __init__(self, mu=1.0):
        self.mu = mu

    def rhs(self, t, x, y):
        return np.array([y, self.mu * (1 - x**2) * y - x])


@register('duffing')
class Duffing(System):
    def __init__(self, alpha=1.0, beta=1.0, delta=0.1, gamma=0.3, omega=1.2):
        self.__dict__.update(alpha=alpha, beta=beta, delta=delta, gamma=gamma, omega=omega)

    def rhs(self, t, x, v):
        out = np.empty(self.dim)
        out[0] = v
        out[1] = -self.delta * v - self.alpha * x - self.beta * x**3 + self.gamma * np.cos(self.omega * t)
        return out
