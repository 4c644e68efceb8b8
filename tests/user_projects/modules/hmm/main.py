"""Hidden Markov model with discrete or Gaussian emissions."""
import numpy as np


class HMM(object):
    def __init__(self, pi, A):
        pi = np.asarray(pi)
        A = np.asarray(A)
        if not np.allclose(A.sum(axis=1), 1.0, atol=1e-2):
            raise ValueError("rows of A must sum to one")
        self.pi = pi / pi.sum()
        self.A = A / A.sum(axis=1)[:, np.newaxis]
        self.nstates = len(pi)

    def emission(self, obs):
        raise NotImplementedError

    def forward(self, obs):
        B = self.emission(obs)
        T = len(obs)
        alpha = np.zeros((T, self.nstates))
        c = np.zeros(T)
        alpha[0] = self.pi * B[0]
        c[0] = alpha[0].sum()
        alpha[0] /= c[0]
        for t in range(1, T):
            alpha[t] = np.dot(alpha[t - 1], self.A) * B[t]
            c[t] = alpha[t].sum()
            alpha[t] /= c[t]
        return alpha, c

    def backward(self, obs, c):
        B = self.emission(obs)
        T = len(obs)
        beta = np.zeros((T, self.nstates))
        beta[-1] = 1.0
        for t in reversed(range(T - 1)):
            beta[t] = np.dot(self.A, B[t + 1] * beta[t + 1]) / c[t + 1]
        return beta

    def posterior(self, obs):
        alpha, c = self.forward(obs)
        gamma = alpha * self.backward(obs, c)
        return gamma / gamma.sum(axis=1, keepdims=True)

    def loglik(self, obs):
        return np.sum(np.log(self.forward(obs)[1]))


class DiscreteHMM(HMM):
    def __init__(self, pi, A, B):
        HMM.__init__(self, pi, A)
        self.B = B / B.sum(axis=1).reshape(-1, 1)

    def emission(self, obs):
        return self.B[:, obs].T


class GaussianHMM(HMM):
    def __init__(self, pi, A, means, sigmas):
        super(GaussianHMM, self).__init__(pi, A)
        self.means, self.sigmas = means, sigmas

    def emission(self, obs):
        z = (np.asarray(obs)[:, None] - self.means) / self.sigmas
        return np.exp(-0.5 * z ** 2) / (np.sqrt(2 * np.pi) * self.sigmas)


OBS = [0, 1, 1, 2, 0, 2, 2, 1]


def discrete_posterior(pi, A, B):
    return DiscreteHMM(pi, A, B).posterior(OBS)


def gauss_ll(obs, means, sigmas):
    A = np.array([[.9, .1], [.2, .8]])
    return GaussianHMM([.6, .4], A, means, sigmas).loglik(obs)


PROGRAMS = [
    (discrete_posterior, (np.array([.6, .4]), np.array([[.7, .3], [.4, .6]]), np.array([[.5, .4, .1], [.1, .3, .6]]))),
    (gauss_ll, (np.array([.1, .3, 2.1, 1.8, .2, -.1]), np.array([0., 2.]), np.array([.5, .8]))),
]
