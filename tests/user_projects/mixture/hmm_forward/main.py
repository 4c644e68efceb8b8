import numpy as np


class HMM:
    def __init__(self, A, B, pi):
        self.A, self.B, self.pi = A, B, pi

    @classmethod
    def from_logits(cls, logA, logB):
        A = np.exp(logA)
        A = A / A.sum(1, keepdims=True)
        B = np.exp(logB)
        B = B / B.sum(1, keepdims=True)
        return cls(A, B, np.full(A.shape[0], 1. / A.shape[0]))

    def forward(self, obs):
        T, N = len(obs), len(self.pi)
        alpha = np.zeros((T, N))
        scale = np.zeros(T)
        alpha[0] = self.pi * self.B[:, obs[0]]
        scale[0] = alpha[0].sum()
        alpha[0] /= scale[0]
        for t in range(1, T):
            for j in range(N):
                alpha[t, j] = alpha[t-1].dot(self.A[:, j]) * self.B[j, obs[t]]
            scale[t] = alpha[t].sum()
            alpha[t] /= scale[t]
        return alpha, scale

    def score(self, obs):
        return np.log(self.forward(obs)[1]).sum()


def sequence_loglik(logA, logB, obs):
    return HMM.from_logits(logA, logB).score(obs)


PROGRAMS = [(sequence_loglik, (np.array([[1.2, 0.1], [-0.3, 0.8]]),
                               np.array([[0.5, 0.2, -1.0], [-0.4, 0.3, 0.9]]),
                               [0, 1, 2, 2, 1, 0, 0, 2, 1, 2]))]
