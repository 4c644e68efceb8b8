"""OLS with inference, roughly what the econometrics text does."""
import numpy as np
import math


class OLSResults(object):
    def __init__(self, model, params, cov):
        self.model = model
        self.params = params
        self.cov = cov
        self._cache = {}

    def _cached(self, name, func):
        if name not in self._cache:
            self._cache[name] = func()
        return self._cache[name]

    @property
    def resid(self):
        return self._cached('resid', lambda: self.model.endog - np.dot(self.model.exog, self.params))

    @property
    def ssr(self):
        return self._cached('ssr', lambda: np.dot(self.resid, self.resid))

    @property
    def bse(self):
        return np.sqrt(np.diag(self.cov))

    @property
    def tvalues(self):
        return self.params / self.bse

    @property
    def rsquared_adj(self):
        y = self.model.endog
        tss = np.sum((y - np.mean(y)) ** 2)
        n, k = self.model.exog.shape
        return 1 - (self.ssr / (n - k)) / (tss / (n - 1))

    @property
    def aic(self):
        n, k = self.model.exog.shape
        llf = -n / 2. * math.log(2 * math.pi) - n / 2. * math.log(self.ssr / n) - n / 2.
        return -2 * llf + 2 * k

    def durbin_watson(self):
        return np.sum(np.diff(self.resid) ** 2) / self.ssr


class OLS(object):
    def __init__(self, endog, exog, add_constant=True):
        self.endog = np.squeeze(endog)
        exog = np.array(exog, ndmin=2)
        if exog.shape[0] == 1:
            exog = exog.T
        if add_constant:
            exog = np.column_stack((np.ones(exog.shape[0]), exog))
        self.exog = exog

    def fit(self, cov_type='nonrobust', maxlags=2):
        X, y = self.exog, self.endog
        pinvX = np.linalg.pinv(X)
        params = np.dot(pinvX, y)
        XtXi = np.dot(pinvX, pinvX.T)
        u = y - X.dot(params)
        n, k = X.shape
        if cov_type == 'nonrobust':
            cov = XtXi * np.sum(u ** 2) / (n - k)
        elif cov_type == 'HC1':
            meat = np.dot(X.T * u ** 2, X)
            cov = float(n) / (n - k) * XtXi.dot(meat).dot(XtXi)
        elif cov_type == 'HAC':
            Xu = X * u[:, None]
            S = np.dot(Xu.T, Xu)
            for lag in range(1, maxlags + 1):
                w = 1 - lag / (maxlags + 1.)
                G = np.dot(Xu[lag:].T, Xu[:-lag])
                S += w * (G + G.T)
            cov = XtXi @ S @ XtXi
        else:
            raise ValueError('cov_type %r not recognized' % cov_type)
        return OLSResults(self, params, cov)


def tstats(y, x, cov_type):
    return OLS(y, x).fit(cov_type).tvalues


def summary(y, X):
    r = OLS(y, X).fit()
    return r.aic, r.rsquared_adj, r.durbin_watson()


x = np.linspace(0, 3, 10)
y = 1.0 + 2 * x + np.sin(5 * x)
PROGRAMS = [
    (tstats, (y, x, 'HC1')),
    (tstats, (y, np.c_[x, np.cos(x)], 'HAC')),
    (summary, (y, np.c_[x, x ** 2])),
]
