import numpy as np

# EM for a 1-D mixture of Gaussians. Lecture 9 notebook

data = np.array([-2.1, -1.7, -1.9, -2.6, -1.2, 1.4, 2.2, 1.9, 2.7, 3.1, 0.4, -0.3])


def gauss(x, mu, var):
    return np.exp(-0.5 * (x - mu)**2 / var) / np.sqrt(2*np.pi*var)


def em_step(x, pi, mu, var):
    K = len(pi)
    resp = np.array([pi[k] * gauss(x, mu[k], var[k]) for k in range(K)])
    ll = np.log(resp.sum(axis=0)).sum()
    resp /= resp.sum(axis=0)
    Nk = resp.sum(axis=1)
    mu = resp @ x / Nk
    var = np.array([np.sum(resp[k] * (x - mu[k])**2) / Nk[k] for k in range(K)])
    pi = Nk / len(x)
    return pi, mu, var, ll


def fit(x, mu0, n_steps=6):
    pi = [0.5, 0.5]
    mu = mu0
    var = [1.0, 1.0]
    lls = []
    for step in range(n_steps):
        pi, mu, var, ll = em_step(x, pi, mu, var)
        lls.append(ll)
    return mu, var, lls[-1]


PROGRAMS = [(fit, (data, np.array([-1.0, 1.5]), 4))]
