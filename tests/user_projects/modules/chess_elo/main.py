from collections import defaultdict
import numpy as np

GAMES = [('anna', 'bob', 1.0), ('bob', 'carl', 0.5), ('carl', 'anna', 0.0), ('dora', 'bob', 1.0),
         ('anna', 'dora', 0.5), ('carl', 'dora', 1.0)]


class Ratings(object):
    """Elo ratings with expected scores."""

    def __init__(self, k=20.0, scale=400.0, initial=1500.0):
        self.k, self.scale = k, scale
        self._r = defaultdict(lambda: initial)
        self.history = defaultdict(list)

    def __getitem__(self, name):
        return self._r[name]

    def __setitem__(self, name, value):
        self._r[name] = value

    def __contains__(self, name):
        return name in self._r

    def expected(self, a, b):
        return 1.0 / (1.0 + 10.0 ** ((self[b] - self[a]) / self.scale))

    def record(self, a, b, score):
        if not 0 <= score <= 1:
            raise ValueError("score should be in [0, 1], got %s" % score)
        e = self.expected(a, b)
        delta = self.k * (score - e)
        self[a] += delta
        self[b] -= delta
        self.history[a].append(self[a])
        self.history[b].append(self[b])
        return e

    def table(self):
        names = sorted(self._r, key=lambda n: self._r[n], reverse=True)
        return [(n, self._r[n]) for n in names]


def final_ratings(start, k, scale):
    r = Ratings(k, scale)
    for name, s in zip(('anna', 'bob', 'carl', 'dora'), start):
        r[name] = s
    brier = 0.
    for a, b, s in GAMES:
        brier += (r.record(a, b, s) - s) ** 2
    return np.array([v for _, v in r.table()]), brier / len(GAMES)


PROGRAMS = [(final_ratings, (np.array([1500., 1620., 1480., 1555.]), 24.0, 400.0))]
