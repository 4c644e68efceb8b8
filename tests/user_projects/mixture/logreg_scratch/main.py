"""Logistic regression from scratch -- homework 3."""
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class LogisticRegression:
    def __init__(self, lr=0.1, n_iter=50, l2=0.0, fit_intercept=True):
        self.lr = lr
        self.n_iter = n_iter
        self.l2 = l2
        self.fit_intercept = fit_intercept
        self.losses = []

    def _add_intercept(self, X):
        ones = np.ones((X.shape[0], 1))
        return np.hstack((ones, X))

    def fit(self, X, y):
        if self.fit_intercept:
            X = self._add_intercept(X)
        self.w = np.zeros(X.shape[1])
        for i in range(self.n_iter):
            p = sigmoid(X @ self.w)
            grad = X.T @ (p - y) / len(y)
            grad[1:] += self.l2 * self.w[1:]
            self.w -= self.lr * grad
            if i % 10 == 0:
                loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
                self.losses.append(loss)
        return self

    def predict_proba(self, X):
        if self.fit_intercept:
            X = self._add_intercept(X)
        return sigmoid(X @ self.w)


rng = np.random.RandomState(0)
X_train = rng.randn(30, 3)
y_train = (X_train[:, 0] - 0.5 * X_train[:, 1] + 0.3 * rng.randn(30) > 0).astype(float)
X_new = rng.randn(4, 3)


def final_loss(X, l2):
    clf = LogisticRegression(lr=0.5, n_iter=41, l2=l2)
    clf.fit(X, y_train)
    return clf.losses[-1]


def probabilities(X, X_test, lr):
    return LogisticRegression(lr=lr, n_iter=25).fit(X, y_train).predict_proba(X_test)


PROGRAMS = [
    (final_loss, (X_train, 0.05)),
    (probabilities, (X_train, X_new, 0.3)),
]
