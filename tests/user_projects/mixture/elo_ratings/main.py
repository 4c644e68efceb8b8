import numpy as np
from collections import defaultdict, namedtuple

Game = namedtuple('Game', 'home away score')

SEASON = [
    Game('ARS', 'CHE', 1.0), Game('LIV', 'MCI', 0.5), Game('CHE', 'LIV', 0.0),
    Game('MCI', 'ARS', 1.0), Game('LIV', 'ARS', 1.0), Game('CHE', 'MCI', 0.0),
    Game('ARS', 'LIV', 0.5), Game('MCI', 'CHE', 1.0),
]


class EloSystem:
    def __init__(self, k=20., home_adv=60., base=1500.):
        self.k = k
        self.home_adv = home_adv
        self.ratings = defaultdict(lambda: base)

    def expected(self, a, b):
        diff = self.ratings[b] - self.ratings[a] - self.home_adv
        return 1. / (1. + 10 ** (diff / 400.))

    def update(self, game):
        e = self.expected(game.home, game.away)
        change = self.k * (game.score - e)
        self.ratings[game.home] += change
        self.ratings[game.away] -= change
        return e

    def table(self):
        return sorted(self.ratings.items(), key=lambda kv: kv[1], reverse=True)


def brier_score(k, home_adv):
    elo = EloSystem(k, home_adv)
    errs = [(elo.update(g) - g.score) ** 2 for g in SEASON]
    return sum(errs) / len(errs)


def final_table(k, home_adv):
    elo = EloSystem(k=k, home_adv=home_adv)
    for g in SEASON:
        elo.update(g)
    return np.array([r for _, r in elo.table()])


def bradley_terry(wins, n_iter=30):
    """MM algorithm. wins[i, j]: number of times i beat j"""
    n = wins.shape[0]
    p = np.ones(n)
    for _ in range(n_iter):
        new = np.zeros(n)
        for i in range(n):
            den = 0
            for j in range(n):
                if i != j:
                    den += (wins[i, j] + wins[j, i]) / (p[i] + p[j])
            new[i] = np.sum(np.delete(wins[i], i)) / den
        p = new / np.prod(new) ** (1. / n)
    return np.log(p)


PROGRAMS = [
    (brier_score, (24.0, 55.0)),
    (final_table, (24.0, 55.0)),
    (bradley_terry, (np.array([[0., 3., 5.], [2., 0., 4.], [1., 2., 0.]]),)),
]
