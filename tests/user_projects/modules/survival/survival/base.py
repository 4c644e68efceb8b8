import numpy as np


class NotFittedError(ValueError, AttributeError):
    pass


def check_survival(time, event):
    time = np.asarray(time, dtype=float)
    event = np.asarray(event).astype(bool)
    if time.shape != event.shape:
        raise ValueError('time and event must have the same shape')
    if np.any(time <= 0):
        raise ValueError('times must be positive, minimum is %g' % time.min())
    return time, event


class ParametricModel:
    n_iter = 25

    def __init__(self):
        self._fitted = False

    def _require(self):
        if not self._fitted:
            raise NotFittedError('call fit first')

    def mean(self):
        self._require()
        return self._mean()
