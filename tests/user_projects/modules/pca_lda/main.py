import numpy as np


class PCA(object):
    """Principal component analysis via SVD with deterministic signs."""

    def __init__(self, n_components=None, whiten=False):
        self.n_components = n_components
        self.whiten = whiten

    def fit(self, X, y=None):
        X = np.array(X, dtype=float)
        n, p = X.shape
        k = self.n_components
        if k is None:
            k = min(n, p)
        if not 0 < k <= min(n, p):
            raise ValueError("n_components=%r must be between 1 and %d" % (k, min(n, p)))
        self.mean_ = np.mean(X, axis=0)
        X -= self.mean_
        U, S, Vt = np.linalg.svd(X, full_matrices=False)
        max_abs = np.argmax(np.abs(Vt), axis=1)
        signs = np.sign(Vt[range(Vt.shape[0]), max_abs])
        Vt *= signs[:, np.newaxis]
        self.components_ = Vt[:k]
        var = S ** 2 / (n - 1)
        self.explained_variance_ = var[:k]
        self.explained_variance_ratio_ = (var / var.sum())[:k]
        self.noise_variance_ = var[k:].mean() if k < min(n, p) else 0.
        return self

    def transform(self, X):
        Z = np.dot(X - self.mean_, self.components_.T)
        if self.whiten:
            Z /= np.sqrt(self.explained_variance_)
        return Z


class LDA(object):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        means, priors = [], []
        cov = np.zeros((X.shape[1], X.shape[1]))
        for c in self.classes_:
            Xc = X[y == c]
            means.append(Xc.mean(0))
            priors.append(len(Xc) / float(len(X)))
            d = Xc - Xc.mean(axis=0)
            cov += d.T.dot(d)
        cov /= (len(X) - len(self.classes_))
        self.means_ = np.array(means)
        self.priors_ = np.array(priors)
        self.coef_ = np.linalg.solve(cov, self.means_.T).T
        self.intercept_ = -0.5 * np.diag(np.dot(self.means_, self.coef_.T)) + np.log(self.priors_)
        return self

    def predict_proba(self, X):
        s = np.dot(X, self.coef_.T) + self.intercept_
        s -= s.max(axis=1).reshape((-1, 1))
        np.exp(s, s)
        s /= s.sum(axis=1).reshape((-1, 1))
        return s


Y = np.array([0, 0, 1, 1, 1, 2, 2, 0, 2])


def scores(X, whiten):
    return PCA(2, whiten=bool(whiten)).fit(X).transform(X)


def class_proba(X, Xnew):
    return LDA().fit(X, Y).predict_proba(Xnew)


r = np.random.RandomState(11)
X = r.randn(9, 3) * np.array([3., 1.5, .5]) + np.outer(Y, [.5, 1., -.4])
PROGRAMS = [(scores, (X, 1)), (class_proba, (X, X[:3] + .1))]
