"""van Genuchten soil hydraulics and a bucket model."""
import numpy as np


class SoilLayer(object):
    _defaults = dict(theta_r=0.05, theta_s=0.43, alpha=0.036, n=1.56, Ks=25.0)

    def __init__(self, **kwargs):
        unknown = set(kwargs) - set(self._defaults)
        if unknown:
            raise TypeError('unknown soil parameters: %s' % ', '.join(sorted(unknown)))
        for key, val in self._defaults.items():
            setattr(self, key, kwargs.get(key, val))

    @property
    def m(self):
        return 1 - 1.0 / self.n

    def theta(self, h):
        h = np.asarray(h)
        out = np.ones(h.shape) * self.theta_s
        unsat = h < 0
        Se = (1 + (self.alpha * np.abs(h[unsat])) ** self.n) ** (-self.m)
        out[unsat] = self.theta_r + (self.theta_s - self.theta_r) * Se
        return out

    def K(self, theta):
        Se = (theta - self.theta_r) / (self.theta_s - self.theta_r)
        return self.Ks * np.sqrt(Se) * (1 - (1 - Se ** (1 / self.m)) ** self.m) ** 2


class Bucket(object):
    def __init__(self, layer, depth, theta0):
        self.layer = layer
        self.depth = depth
        self.storage = theta0 * depth
        self.log = {'drain': [], 'et': [], 'storage': []}

    def step(self, rain, pet):
        th = self.storage / self.depth
        drain = self.layer.K(th)
        stress = np.clip((th - 0.1) / 0.25, 0., 1.)
        et = pet * stress
        self.storage += rain - et - drain
        if self.storage > self.layer.theta_s * self.depth:
            self.storage = self.layer.theta_s * self.depth
        for k, v in zip(('drain', 'et', 'storage'), (drain, et, self.storage)):
            self.log[k].append(v)


def retention(h, alpha, n):
    return SoilLayer(alpha=alpha, n=n).theta(h)


def season(rain, pet, n, Ks):
    b = Bucket(SoilLayer(n=n, Ks=Ks), 50.0, 0.22)
    for r, e in zip(rain, pet):
        b.step(r, e)
    return np.sum(b.log['et']), np.array(b.log['storage'])


PROGRAMS = [
    (retention, (np.array([-10., -55., -300., -2000.]), 0.04, 1.6)),
    (season, (np.array([1., 0.5, 2., .3, 1.5]), np.array([.3, .4, .35, .5, .2]), 1.5, 24.0)),
]
