import numpy as np


class NotFittedError(ValueError, AttributeError):
    pass


class GPRegressor:
    def __init__(self, kernel, alpha=1e-6, normalize_y=False):
        self.kernel = kernel
        self.alpha = alpha
        self.normalize_y = normalize_y

    def fit(self, X, y):
        X = np.asarray(X)
        if X.ndim == 1:
            X = X[:, np.newaxis]
        self.X_ = X
        if self.normalize_y:
            self._mean, self._std = np.mean(y), np.std(y)
        else:
            self._mean, self._std = 0.0, 1.0
        self.y_ = (y - self._mean) / self._std
        K = self.kernel(X)
        K[np.diag_indices_from(K)] += self.alpha
        try:
            self.L_ = np.linalg.cholesky(K)
        except np.linalg.LinAlgError:
            raise ValueError('kernel matrix not positive definite; increase alpha')
        self.alpha_ = np.linalg.solve(self.L_.T, np.linalg.solve(self.L_, self.y_))
        return self

    def log_marginal_likelihood(self):
        n = len(self.y_)
        return (-0.5 * self.y_.dot(self.alpha_)
                - np.log(np.diag(self.L_)).sum()
                - n / 2 * np.log(2 * np.pi))

    def predict(self, Xs, return_std=False):
        if not hasattr(self, 'L_'):
            raise NotFittedError('call fit first')
        Xs = np.reshape(Xs, (-1, self.X_.shape[1]))
        Ks = self.kernel(self.X_, Xs)
        mean = self._std * Ks.T.dot(self.alpha_) + self._mean
        if not return_std:
            return mean
        v = np.linalg.solve(self.L_, Ks)
        var = np.diag(self.kernel(Xs)) - np.sum(v ** 2, axis=0)
        return mean, self._std * np.sqrt(var)
