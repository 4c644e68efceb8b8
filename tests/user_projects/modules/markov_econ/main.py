import numpy as np
from econ.tauchen import tauchen
from econ.markov import MarkovChain
from econ.asset import LucasTree


def pd_ratio(rho, sigma, beta, gamma):
    x, P = tauchen(rho, sigma)
    return LucasTree(MarkovChain(P, x), beta, gamma).price_dividend()


def stationary_dist(P):
    P = P / P.sum(axis=1)[:, None]
    mc = MarkovChain(P)
    return mc.stationary, mc.mean()


def chain_moments(rho, sigma):
    x, P = tauchen(rho, sigma, n=4)
    mc = MarkovChain(P, np.exp(x))
    m = mc.mean()
    return m, np.dot(mc.stationary, (mc.state_values - m) ** 2)


PROGRAMS = [
    (pd_ratio, (0.8, 0.04, 0.93, 1.8)),
    (stationary_dist, (np.array([[.8, .1, .1], [.2, .6, .3], [.3, .3, .5]]),)),
    (chain_moments, (0.7, 0.1)),
]
