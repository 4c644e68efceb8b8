import numpy as np


class RandomWalkMetropolis(object):
    """Single chain sampler; records log posterior of the path (fixed seed)."""

    def __init__(self, logp, step=0.3, seed=0):
        self.logp = logp
        self.step = step
        self.rng = np.random.RandomState(seed)
        self.accepted = 0

    def run(self, x0, n):
        x = np.array(x0, dtype=float)
        lp = self.logp(x)
        chain = np.empty((n,) + x.shape)
        for i in range(n):
            prop = x + self.step * self.rng.randn(*x.shape)
            lp_prop = self.logp(prop)
            if np.log(self.rng.rand()) < lp_prop - lp:
                x, lp = prop, lp_prop
                self.accepted += 1
            chain[i] = x
        self.chain = chain
        return self

    def mean(self, burn=0):
        return self.chain[burn:].mean(axis=0)

    @property
    def acceptance(self):
        return self.accepted / float(len(self.chain))


def chain_mean(x0, step, data):
    def logp(th):
        return -0.5 * np.sum((data - th[0]) ** 2) / np.exp(2 * th[1]) - len(data) * th[1] - 0.5 * th.dot(th)
    s = RandomWalkMetropolis(logp, step=step, seed=42).run(x0, 60)
    assert 0 < s.acceptance <= 1
    m = s.mean(20)
    return m, logp(m)


PROGRAMS = [(chain_mean, (np.array([.3, .1]), .35, np.array([.5, 1.2, .1, -.4, .9])))]
