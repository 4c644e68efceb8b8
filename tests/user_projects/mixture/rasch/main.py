import numpy as np

# 3PL item response model; ability by EAP on a quadrature grid


def p3pl(theta, a, b, c):
    return c + (1 - c) / (1 + np.exp(-1.7 * a * (theta - b)))


def eap(responses, a, b, c, nq=21):
    nodes = np.linspace(-4, 4, nq)
    prior = np.exp(-nodes**2 / 2)
    like = np.ones(nq)
    for r, ai, bi, ci in zip(responses, a, b, c):
        p = p3pl(nodes, ai, bi, ci)
        like *= p if r == 1 else 1 - p
    post = prior * like
    post /= post.sum()
    mean = (nodes * post).sum()
    sd = np.sqrt(((nodes - mean)**2 * post).sum())
    return mean, sd


PROGRAMS = [(eap, ([1, 0, 1, 1, 0], np.array([1.1, 0.8, 1.4, 0.9, 1.2]),
                   np.array([-1.0, 0.3, 0.1, 0.6, 1.2]), np.array([0.2, 0.25, 0.15, 0.2, 0.22])))]
