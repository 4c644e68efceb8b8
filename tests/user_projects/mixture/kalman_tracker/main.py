import numpy as np


class KalmanFilter(object):
    """Plain linear Kalman filter.

    Parameters
    ----------
    dim_x : int
    dim_z : int
    """

    def __init__(self, dim_x, dim_z):
        if dim_x < 1:
            raise ValueError('dim_x must be 1 or greater')
        if dim_z < 1:
            raise ValueError('dim_z must be 1 or greater')
        self.dim_x = dim_x
        self.dim_z = dim_z
        self.x = np.zeros((dim_x, 1))
        self.P = np.eye(dim_x)
        self.Q = np.eye(dim_x)
        self.F = np.eye(dim_x)
        self.H = np.zeros((dim_z, dim_x))
        self.R = np.eye(dim_z)
        self._I = np.eye(dim_x)
        self._log_likelihood = 0.0

    def predict(self):
        self.x = np.dot(self.F, self.x)
        self.P = np.dot(np.dot(self.F, self.P), self.F.T) + self.Q

    def update(self, z):
        if z is None:
            return
        z = np.atleast_1d(z).reshape(self.dim_z, 1)
        y = z - np.dot(self.H, self.x)
        PHT = np.dot(self.P, self.H.T)
        S = np.dot(self.H, PHT) + self.R
        SI = np.linalg.inv(S)
        K = np.dot(PHT, SI)
        self.x = self.x + np.dot(K, y)
        I_KH = self._I - np.dot(K, self.H)
        self.P = np.dot(np.dot(I_KH, self.P), I_KH.T) + np.dot(np.dot(K, self.R), K.T)
        self._log_likelihood += -0.5 * (np.dot(np.dot(y.T, SI), y)[0, 0]
                                        + np.log(np.linalg.det(S))
                                        + self.dim_z * np.log(2 * np.pi))

    @property
    def log_likelihood(self):
        return self._log_likelihood


def make_cv_filter(dt, q, r):
    kf = KalmanFilter(dim_x=2, dim_z=1)
    kf.F = np.array([[1., dt], [0., 1.]])
    kf.H = np.array([[1., 0.]])
    kf.R *= r
    kf.Q = q * np.array([[dt ** 4 / 4, dt ** 3 / 2], [dt ** 3 / 2, dt ** 2]])
    kf.P *= 10.
    return kf


def track(measurements, dt, q, r):
    kf = make_cv_filter(dt, q, r)
    xs = []
    for z in measurements:
        kf.predict()
        kf.update(z)
        xs.append(kf.x[:, 0])
    return np.array(xs)


def neg_loglik(q, r, measurements):
    kf = make_cv_filter(1.0, q, r)
    for i, z in enumerate(measurements):
        kf.predict()
        kf.update(None if i == 3 else z)
    return -kf.log_likelihood


zs = np.array([0.9, 2.2, 2.8, 4.1, 5.3, 5.8, 7.2, 8.1])
PROGRAMS = [
    (track, (zs, 0.9, 0.05, 0.4)),
    (neg_loglik, (0.1, 0.5, zs)),
]
