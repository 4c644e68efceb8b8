"""Gaussian mixture by EM, fixed number of iterations."""
import numpy as np


def logsumexp(a, axis=None):
    a_max = np.max(a, axis=axis, keepdims=True)
    out = np.log(np.sum(np.exp(a - a_max), axis=axis))
    return out + np.squeeze(a_max, axis=axis)


class GaussianMixture:
    def __init__(self, n_components=2, n_iter=5, reg_covar=1e-6):
        self.n_components = n_components
        self.n_iter = n_iter
        self.reg_covar = reg_covar

    def _log_prob(self, X):
        n, d = X.shape
        lp = np.empty((n, self.n_components))
        for k, (mu, cov) in enumerate(zip(self.means_, self.covs_)):
            L = np.linalg.cholesky(cov)
            z = np.linalg.solve(L, (X - mu).T)
            logdet = 2 * np.sum(np.log(np.diagonal(L)))
            lp[:, k] = -.5 * (d * np.log(2 * np.pi) + logdet + np.sum(z * z, axis=0))
        return lp

    def _e_step(self, X):
        w = self._log_prob(X) + np.log(self.weights_)
        norm = logsumexp(w, axis=1)
        with np.errstate(under='ignore'):
            log_resp = w - norm[:, np.newaxis]
        return norm.mean(), np.exp(log_resp)

    def _m_step(self, X, resp):
        nk = resp.sum(axis=0) + 10 * np.finfo(resp.dtype).eps
        self.weights_ = nk / X.shape[0]
        self.means_ = np.dot(resp.T, X) / nk[:, np.newaxis]
        covs = np.empty((self.n_components, X.shape[1], X.shape[1]))
        for k in range(self.n_components):
            diff = X - self.means_[k]
            covs[k] = np.dot(resp[:, k] * diff.T, diff) / nk[k]
            covs[k].flat[::X.shape[1] + 1] += self.reg_covar
        self.covs_ = covs

    def fit(self, X, means_init):
        self.means_ = means_init
        self.weights_ = np.full(self.n_components, 1. / self.n_components)
        self.covs_ = [np.eye(X.shape[1])] * self.n_components
        self.lower_bounds_ = []
        for it in range(self.n_iter):
            ll, resp = self._e_step(X)
            self._m_step(X, resp)
            self.lower_bounds_.append(ll)
        return self


def em_loglik(X, m0):
    return np.array(GaussianMixture().fit(X, m0).lower_bounds_)


def em_params(X, m0):
    g = GaussianMixture(n_iter=3, reg_covar=1e-2).fit(X, m0)
    return g.weights_, g.means_


rs = np.random.RandomState(2)
X = np.vstack([rs.randn(7, 2), rs.randn(6, 2) * .7 + [2.5, 2.]])
PROGRAMS = [(em_loglik, (X, np.array([[0., .2], [2., 1.8]]))), (em_params, (X, np.array([[0., .2], [2., 1.8]])))]
