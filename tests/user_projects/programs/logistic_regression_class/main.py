import numpy as np


class LogisticRegression:
    def __init__(self, lr=0.1, n_iters=15, reg=0.01, fit_intercept=True, verbose=False):
        self.lr = lr
        self.n_iters = n_iters
        self.reg = reg
        self.fit_intercept = fit_intercept
        self.verbose = verbose
        self.theta = None

    def __add_intercept(self, X):
        intercept = np.ones((X.shape[0], 1))
        return np.concatenate((intercept, X), axis=1)

    def __sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def __loss(self, h, y):
        return (-y * np.log(h) - (1 - y) * np.log(1 - h)).mean()

    def fit(self, X, y):
        if self.fit_intercept:
            X = self.__add_intercept(X)

        # weights initialization
        self.theta = np.zeros(X.shape[1])

        for i in range(self.n_iters):
            z = np.dot(X, self.theta)
            h = self.__sigmoid(z)
            gradient = np.dot(X.T, (h - y)) / y.size + self.reg * self.theta
            self.theta -= self.lr * gradient

            if self.verbose and i % 10000 == 0:
                z = np.dot(X, self.theta)
                h = self.__sigmoid(z)
                print(f'loss: {self.__loss(h, y)} \t')
        return self

    def predict_prob(self, X):
        if self.fit_intercept:
            X = self.__add_intercept(X)
        return self.__sigmoid(np.dot(X, self.theta))

    def predict(self, X, threshold=0.5):
        return self.predict_prob(X) >= threshold


_r = np.random.default_rng(3)
X = _r.normal(size=(14, 2))
y = (X[:, 0] + 0.5 * X[:, 1] + 0.3 * _r.normal(size=14) > 0) * 1


def fitted_prob(X, lr, Xnew):
    return LogisticRegression(lr=lr).fit(X, y).predict_prob(Xnew)


model = LogisticRegression(n_iters=30).fit(X, y)

PROGRAMS = [(fitted_prob, (X, 0.3, np.array([[0.5, 0.2], [-1.0, 0.3]]))),
            (model.predict_prob, (np.array([[0.1, 0.9], [-0.7, -0.6], [2.0, 1.0]]),))]
