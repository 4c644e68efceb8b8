import numpy as np


class OLSResults:
    def __init__(self, model, params, cov):
        self.model = model
        self.params = params
        self.cov = cov
        self._cache = {}

    @property
    def resid(self):
        if 'resid' not in self._cache:
            self._cache['resid'] = self.model.endog - self.model.exog @ self.params
        return self._cache['resid']

    @property
    def bse(self):
        return np.sqrt(np.diag(self.cov))

    @property
    def tvalues(self):
        return self.params / self.bse

    @property
    def rsquared(self):
        y = self.model.endog
        return 1 - self.resid @ self.resid / np.sum((y - y.mean()) ** 2)

    def aic(self):
        n, k = self.model.exog.shape
        s2 = self.resid @ self.resid / n
        llf = -n / 2. * (np.log(2 * np.pi * s2) + 1)
        return -2 * llf + 2 * k


class OLS:
    """Ordinary least squares.

    Parameters
    ----------
    endog : array_like, 1-d
    exog : array_like, 2-d (constant is not added automatically)
    """

    def __init__(self, endog, exog):
        self.endog = np.asarray(endog, dtype=float)
        self.exog = np.asarray(exog, dtype=float)
        if self.endog.ndim != 1:
            raise ValueError("endog must be 1-d")
        if self.exog.shape[0] != self.endog.shape[0]:
            raise ValueError("shapes of endog and exog do not match")

    def fit(self, cov_type='nonrobust', maxlags=1):
        X, y = self.exog, self.endog
        n, k = X.shape
        XtXi = np.linalg.inv(X.T @ X)
        beta = XtXi @ (X.T @ y)
        e = y - X @ beta
        if cov_type == 'nonrobust':
            cov = XtXi * (e @ e) / (n - k)
        elif cov_type == 'HC1':
            meat = (X * (e ** 2)[:, None]).T @ X
            cov = n / (n - k) * XtXi @ meat @ XtXi
        elif cov_type == 'HAC':
            Xe = X * e[:, np.newaxis]
            S = Xe.T @ Xe
            for l in range(1, maxlags + 1):
                w = 1 - l / (maxlags + 1.)
                G = Xe[l:].T @ Xe[:-l]
                S += w * (G + G.T)
            cov = XtXi @ S @ XtXi
        else:
            raise ValueError('cov_type not recognized: %s' % cov_type)
        return OLSResults(self, beta, cov)


def add_constant(X):
    return np.column_stack([np.ones(len(X)), X])


rng = np.random.RandomState(12)
X0 = rng.randn(16, 2)
y0 = 1 + X0 @ np.array([0.7, -1.2]) + 0.5 * rng.randn(16)


def t_stats(y, X, cov_type, maxlags=None):
    return OLS(y, add_constant(X)).fit(cov_type, maxlags or 1).tvalues


def r2_and_aic(y, X):
    res = OLS(y, add_constant(X)).fit()
    return res.rsquared, res.aic()


PROGRAMS = [
    (t_stats, (y0, X0, 'HAC', 2)),
    (r2_and_aic, (y0, X0)),
]
