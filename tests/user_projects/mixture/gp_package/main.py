import numpy as np
from gaussproc import GPRegressor, RBF, Matern32, White, Periodic

t = np.array([0.0, 0.7, 1.5, 2.2, 3.1, 3.9, 4.4]) + 0.1
y = np.sin(t) + 0.1 * np.cos(5 * t)


def lml(var, length, noise, y):
    gp = GPRegressor(var * RBF(length) + White(noise))
    return gp.fit(t, y).log_marginal_likelihood()


def posterior(y, length, xs):
    gp = GPRegressor(Matern32(length) + White(0.05), normalize_y=True).fit(t, y)
    return gp.predict(xs, return_std=True)


def seasonal(y, period):
    k = RBF(3.0) * Periodic(1.2, period) + White(0.1)
    return GPRegressor(k).fit(t, y).predict([1.0, 5.0])


PROGRAMS = [
    (lml, (1.2, 0.9, 0.05, y)),
    (posterior, (y, 1.1, np.array([0.4, 2.0, 4.9]))),
    (seasonal, (y, 2.7)),
]
