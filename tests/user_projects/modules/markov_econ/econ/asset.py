import numpy as np


class LucasTree:
    def __init__(self, mc, beta=0.95, gamma=2.0):
        self.mc, self.beta, self.gamma = mc, beta, gamma

    def price_dividend(self):
        lam = np.exp(self.mc.state_values)
        K = self.mc.P * lam ** (1 - self.gamma) * self.beta
        r = np.max(np.abs(np.linalg.eigvals(K)))
        if r >= 1:
            raise ValueError("Spectral radius condition fails: %f" % r)
        I = np.identity(self.mc.n)
        return np.linalg.solve(I - K, np.dot(K, np.ones(self.mc.n)))
