import numpy as np


class GMM:
    def __init__(self, k, max_iter=5):
        self.k = k
        self.max_iter = int(max_iter)

    def initialize(self, X):
        self.shape = X.shape
        self.n, self.m = self.shape
        self.phi = np.full(shape=self.k, fill_value=1/self.k)
        self.weights = np.full(shape=self.shape[:1] + (self.k,), fill_value=1/self.k)
        idx = np.random.RandomState(2).choice(self.n, self.k, replace=False)
        self.mu = [X[i, :] for i in idx]
        self.sigma = [np.cov(X.T) for _ in range(self.k)]

    def pdf(self, X, mu, S):
        d = X - mu
        q = np.sum(d @ np.linalg.inv(S) * d, axis=1)
        return np.exp(-0.5 * q) / np.sqrt((2*np.pi)**self.m * np.linalg.det(S))

    def e_step(self, X):
        self.weights = self.predict_proba(X)
        self.phi = self.weights.mean(axis=0)

    def m_step(self, X):
        for i in range(self.k):
            weight = self.weights[:, [i]]
            total = weight.sum()
            self.mu[i] = (X * weight).sum(axis=0) / total
            d = X - self.mu[i]
            self.sigma[i] = (weight * d).T @ d / total + 1e-3 * np.eye(self.m)

    def fit(self, X):
        self.initialize(X)
        for iteration in range(self.max_iter):
            self.e_step(X)
            self.m_step(X)

    def predict_proba(self, X):
        likelihood = np.zeros((self.n, self.k))
        for i in range(self.k):
            likelihood[:, i] = self.pdf(X, self.mu[i], self.sigma[i])
        numerator = likelihood * self.phi
        denominator = numerator.sum(axis=1)[:, np.newaxis]
        return numerator / denominator


def cluster_means(X):
    g = GMM(2, 4)
    g.fit(X)
    return np.array(g.mu), g.phi


_rng = np.random.RandomState(0)
data = np.vstack([_rng.randn(8, 2), _rng.randn(8, 2) + [3, 2]])
PROGRAMS = [(cluster_means, (data,))]
