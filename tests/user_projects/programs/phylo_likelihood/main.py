import numpy as np

BASES = 'ACGT'


def jc69(t, mu=1.0):
    e = np.exp(-4.0 / 3.0 * mu * t)
    P = np.full((4, 4), 0.25 - 0.25 * e)
    np.fill_diagonal(P, 0.25 + 0.75 * e)
    return P


def leaf(base):
    v = np.zeros(4)
    v[BASES.index(base)] = 1
    return v


def prune(node, lengths, it=None):
    """Felsenstein pruning on nested tuples; lengths consumed in depth-first order"""
    if it is None:
        it = iter(lengths)
    if isinstance(node, str):
        return leaf(node)
    left, right = node
    tl = next(it)
    L = jc69(tl) @ prune(left, lengths, it)
    tr = next(it)
    R = jc69(tr) @ prune(right, lengths, it)
    return L * R


trees = [(('A', 'A'), ('C', 'A')), (('G', 'G'), ('G', 'T')), (('C', 'C'), ('C', 'C'))]


def loglik(lengths):
    ll = 0
    for site in trees:
        ll += np.log(0.25 * prune(site, lengths).sum())
    return ll


def k80_distance(counts):
    P, Q, n = counts
    p = P / n
    q = Q / n
    return -0.5 * np.log((1 - 2*p - q) * np.sqrt(1 - 2*q))


PROGRAMS = [(loglik, (np.array([0.1, 0.15, 0.2, 0.05, 0.3, 0.12]),)), (k80_distance, (np.array([12.0, 7.0, 100.0]),))]
