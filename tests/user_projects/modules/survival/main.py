import numpy as np
from survival import WeibullModel, ExponentialModel, CoxPH

EVENT = [1, 0, 1, 1, 0, 1, 1, 1]


def weibull(time, tq):
    w = WeibullModel().fit(time, EVENT)
    return w.survival(tq), w.mean(), ExponentialModel().fit(time, EVENT).mean()


def cox(X, penalty):
    t = [5., 8., 2.5, 3.1, 9., 1.2, 4.4, 6.7]
    m = CoxPH(penalty).fit(X, t, EVENT)
    return m.coef_, m.se_, m.loglik_


X = np.array([[.2, 1.], [-.5, .3], [1.1, -.2], [.4, .8], [-.9, -.6], [.7, -1.], [.1, .5], [-.3, -.4]])
PROGRAMS = [
    (weibull, (np.array([5., 8., 2.5, 3.1, 9., 1.2, 4.4, 6.7]), np.array([1., 4., 7.]))),
    (cox, (X, .3)),
]
