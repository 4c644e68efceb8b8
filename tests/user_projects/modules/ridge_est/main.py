import numpy as np


class BaseEstimator:
    def get_params(self):
        return {k: v for k, v in vars(self).items() if not k.endswith('_')}

    def __repr__(self):
        args = ', '.join('%s=%r' % kv for kv in sorted(self.get_params().items()))
        return '%s(%s)' % (type(self).__name__, args)


def check_X_y(X, y):
    X = np.asarray(X, dtype=float)
    y = np.asarray(y, dtype=float)
    if X.ndim != 2:
        raise ValueError("Expected 2D array, got %dD array instead" % X.ndim)
    if X.shape[0] != y.shape[0]:
        raise ValueError("Found input variables with inconsistent numbers of samples: [%d, %d]"
                         % (X.shape[0], y.shape[0]))
    if not np.all(np.isfinite(X)):
        raise ValueError("Input contains NaN or infinity.")
    return X, y


class StandardScaler(BaseEstimator):
    def __init__(self, with_mean=True, with_std=True):
        self.with_mean = with_mean
        self.with_std = with_std

    def fit(self, X, y=None):
        self.mean_ = X.mean(axis=0) if self.with_mean else np.zeros(X.shape[1])
        scale = X.std(axis=0)
        scale[scale == 0.0] = 1.0
        self.scale_ = scale if self.with_std else np.ones(X.shape[1])
        return self

    def transform(self, X):
        X = X.copy()
        X -= self.mean_
        X /= self.scale_
        return X

    def fit_transform(self, X, y=None):
        return self.fit(X, y).transform(X)


class Ridge(BaseEstimator):
    """Linear least squares with l2 regularization."""

    def __init__(self, alpha=1.0, fit_intercept=True, solver='cholesky'):
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.solver = solver

    def fit(self, X, y):
        X, y = check_X_y(X, y)
        if self.fit_intercept:
            X_offset = np.average(X, axis=0)
            y_offset = np.average(y, axis=0)
            X = X - X_offset
            y = y - y_offset
        n_features = X.shape[1]
        if self.solver == 'cholesky':
            A = np.dot(X.T, X)
            A.flat[::n_features + 1] += self.alpha
            L = np.linalg.cholesky(A)
            self.coef_ = np.linalg.solve(L.T, np.linalg.solve(L, X.T.dot(y)))
        elif self.solver == 'svd':
            U, s, Vt = np.linalg.svd(X, full_matrices=False)
            idx = s > 1e-15
            d = np.zeros(s.size)
            d[idx] = s[idx] / (s[idx] ** 2 + self.alpha)
            self.coef_ = np.dot(Vt.T, d * np.dot(U.T, y))
        else:
            raise ValueError('Solver %s not understood' % self.solver)
        if self.fit_intercept:
            self.intercept_ = y_offset - np.dot(X_offset, self.coef_)
        else:
            self.intercept_ = 0.
        return self

    def predict(self, X):
        if not hasattr(self, 'coef_'):
            raise ValueError("This Ridge instance is not fitted yet.")
        return np.dot(X, self.coef_) + self.intercept_

    def score(self, X, y):
        y_pred = self.predict(X)
        u = ((y - y_pred) ** 2).sum()
        v = ((y - y.mean()) ** 2).sum()
        return 1 - u / v


def fit_predict(X, y, Xnew, alpha, solver):
    sc = StandardScaler()
    model = Ridge(alpha=alpha, solver=solver).fit(sc.fit_transform(X), y)
    return model.predict(sc.transform(Xnew))


def train_score(X, y, alpha):
    return Ridge(alpha).fit(X, y).score(X, y)


_rs = np.random.RandomState(3)
X = _rs.randn(12, 3)
y = X.dot(np.array([1., -2., .5])) + .3 * _rs.randn(12) + 2.
Xn = _rs.randn(4, 3)
PROGRAMS = [
    (fit_predict, (X, y, Xn, 0.7, 'cholesky')),
    (fit_predict, (X, y, Xn, 0.7, 'svd')),
    (train_score, (X, y, 1.5)),
]
