import numpy as np
from .models import ALPHABET


class Node:
    def __init__(self, name=None, length=0.0, children=()):
        self.name = name
        self.length = length
        self.children = list(children)

    @property
    def is_leaf(self):
        return not self.children

    def postorder(self):
        for c in self.children:
            for n in c.postorder():
                yield n
        yield self


def partials(node, model, site):
    if node.is_leaf:
        v = np.zeros(4)
        v[ALPHABET.index(site[node.name])] = 1
        return v
    out = np.ones(4)
    for c in node.children:
        out *= np.dot(model.P(c.length), partials(c, model, site))
    return out


def log_likelihood(root, model, alignment):
    names = [n.name for n in root.postorder() if n.is_leaf]
    nsites = len(alignment[names[0]])
    memo = {}
    total = 0.0
    for s in range(nsites):
        col = tuple(alignment[n][s] for n in names)
        if col not in memo:
            memo[col] = np.log(np.dot(model.pi, partials(root, model, dict(zip(names, col)))))
        total += memo[col]
    return total
