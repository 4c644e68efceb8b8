"""Small linear Kalman filter, used for the tracking exercises."""
import numpy as np


class KalmanFilter(object):
    """Discrete linear Kalman filter.

    Parameters
    ----------
    F : array (n, n), state transition
    H : array (m, n), observation model
    Q, R : process and measurement noise covariances
    """

    def __init__(self, F=None, H=None, Q=None, R=None, P=None, x0=None):
        if F is None or H is None:
            raise ValueError("Set proper system dynamics.")
        self.F = np.atleast_2d(F)
        self.H = np.atleast_2d(H)
        self.n = self.F.shape[1]
        self.m = self.H.shape[0]
        self.Q = np.eye(self.n) if Q is None else Q
        self.R = np.eye(self.m) if R is None else np.atleast_2d(R)
        self.P = np.eye(self.n) if P is None else P
        self.x = np.zeros((self.n, 1)) if x0 is None else x0.reshape(-1, 1)
        self.loglik = 0.0

    def __repr__(self):
        return "KalmanFilter(n=%d, m=%d)" % (self.n, self.m)

    def predict(self):
        self.x = np.dot(self.F, self.x)
        self.P = np.dot(np.dot(self.F, self.P), self.F.T) + self.Q
        return self.x

    def update(self, z):
        y = np.atleast_2d(z).T - np.dot(self.H, self.x)
        S = self.R + np.dot(self.H, np.dot(self.P, self.H.T))
        Sinv = np.linalg.inv(S)
        K = np.dot(np.dot(self.P, self.H.T), Sinv)
        self.x = self.x + np.dot(K, y)
        I = np.eye(self.n)
        self.P = np.dot(np.dot(I - np.dot(K, self.H), self.P),
                        (I - np.dot(K, self.H)).T) + np.dot(np.dot(K, self.R), K.T)
        sign, logdet = np.linalg.slogdet(S)
        self.loglik -= 0.5 * (logdet + np.dot(y.T, np.dot(Sinv, y))[0, 0]
                              + self.m * np.log(2 * np.pi))


def track(measurements, dt, q, r):
    """Constant velocity model, returns filtered positions and speeds."""
    F = np.array([[1, dt], [0, 1]])
    H = np.array([1, 0]).reshape(1, 2)
    Q = q * np.array([[dt ** 3 / 3, dt ** 2 / 2], [dt ** 2 / 2, dt]])
    R = np.array([r]).reshape(1, 1)
    kf = KalmanFilter(F=F, H=H, Q=Q, R=R)
    predictions = []
    for z in measurements:
        kf.predict()
        kf.update(z)
        predictions.append(kf.x[:, 0])
    return np.array(predictions)


def loglikelihood(measurements, q, r):
    dt = 0.5
    F = np.array([[1, dt], [0, 1]])
    H = np.array([[1.0, 0.0]])
    Q = q * np.array([[dt ** 3 / 3, dt ** 2 / 2], [dt ** 2 / 2, dt]])
    kf = KalmanFilter(F, H, Q, np.array([[r]]), P=10 * np.eye(2))
    for z in measurements:
        kf.predict()
        kf.update(z)
    return kf.loglik


z = np.array([0.1, 0.62, 0.9, 1.55, 2.2, 2.41, 3.05, 3.4])
PROGRAMS = [
    (track, (z, 0.5, 0.2, 0.3)),
    (loglikelihood, (z, 0.2, 0.3)),
]
