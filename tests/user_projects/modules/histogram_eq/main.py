"""Weighted histograms with cumulative statistics."""
import numpy as np


class WeightedHist(object):
    def __init__(self, edges, name='h'):
        self.edges = np.asarray(edges, dtype=float)
        if np.any(np.diff(self.edges) <= 0):
            raise ValueError('bin edges of %s not increasing' % name)
        self.name = name
        self.sumw = np.zeros(len(self.edges) - 1)
        self.sumw2 = np.zeros(len(self.edges) - 1)
        self.entries = 0

    def fill(self, x, w=None):
        x = np.atleast_1d(x)
        if w is None:
            w = np.ones_like(x)
        idx = np.digitize(x, self.edges) - 1
        ok = (idx >= 0) & (idx < len(self.sumw))
        np.add.at(self.sumw, idx[ok], w[ok])
        self.sumw2 += np.bincount(idx[ok], weights=w[ok] ** 2, minlength=len(self.sumw))
        self.entries += int(ok.sum())
        return self

    @property
    def centers(self):
        return .5 * (self.edges[1:] + self.edges[:-1])

    def __add__(self, other):
        if not np.array_equal(self.edges, other.edges):
            raise ValueError('incompatible binning')
        h = WeightedHist(self.edges)
        h.sumw = self.sumw + other.sumw
        h.sumw2 = self.sumw2 + other.sumw2
        h.entries = self.entries + other.entries
        return h

    def __mul__(self, k):
        h = WeightedHist(self.edges, self.name)
        h.sumw, h.sumw2, h.entries = self.sumw * k, self.sumw2 * k ** 2, self.entries
        return h

    def mean(self):
        return np.average(self.centers, weights=self.sumw)

    def cdf(self):
        c = np.cumsum(self.sumw)
        return c / c[-1]

    def quantile(self, q):
        return np.interp(q, np.concatenate([[0.], self.cdf()]), self.edges)

    def chi2(self, other):
        tot = self.sumw2 + other.sumw2
        good = tot > 0
        return (((self.sumw - other.sumw) ** 2)[good] / tot[good]).sum()


_rng = np.random.default_rng(12)
XDATA = _rng.normal(size=25)
YDATA = _rng.normal(.3, 1.2, size=25)


def compare(w, scale, q):
    edges = [-3, -1.5, -.5, 0, .5, 1.5, 3]
    a = WeightedHist(edges).fill(XDATA, w)
    b = WeightedHist(edges).fill(YDATA) * scale
    s = a + b
    return a.chi2(b), s.mean(), s.quantile(q)


PROGRAMS = [(compare, (1 + .3 * np.cos(np.arange(25.)), .9, np.array([.21, .5, .83])))]
