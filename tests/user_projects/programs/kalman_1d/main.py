import numpy as np


class KalmanFilter(object):
    def __init__(self, F=None, B=None, H=None, Q=None, R=None, P=None, x0=None):
        if F is None or H is None:
            raise ValueError("Set proper system dynamics.")

        self.n = F.shape[1]
        self.m = H.shape[1]

        self.F = F
        self.H = H
        self.B = 0 if B is None else B
        self.Q = np.eye(self.n) if Q is None else Q
        self.R = np.eye(self.n) if R is None else R
        self.P = np.eye(self.n) if P is None else P
        self.x = np.zeros((self.n, 1)) if x0 is None else x0

    def predict(self, u=0):
        self.x = np.dot(self.F, self.x) + np.dot(self.B, u)
        self.P = np.dot(np.dot(self.F, self.P), self.F.T) + self.Q
        return self.x

    def update(self, z):
        y = z - np.dot(self.H, self.x)
        S = self.R + np.dot(self.H, np.dot(self.P, self.H.T))
        K = np.dot(np.dot(self.P, self.H.T), np.linalg.inv(S))
        self.x = self.x + np.dot(K, y)
        I = np.eye(self.n)
        self.P = np.dot(np.dot(I - np.dot(K, self.H), self.P),
                        (I - np.dot(K, self.H)).T) + np.dot(np.dot(K, self.R), K.T)


def example(measurements, sigma_r):
    dt = 1.0 / 60
    F = np.array([[1, dt, 0], [0, 1, dt], [0, 0, 1]])
    H = np.array([1, 0, 0]).reshape(1, 3)
    Q = np.array([[0.05, 0.05, 0.0], [0.05, 0.05, 0.0], [0.0, 0.0, 0.0]])
    R = np.array([sigma_r ** 2]).reshape(1, 1)

    kf = KalmanFilter(F=F, H=H, Q=Q, R=R)
    predictions = []

    for z in measurements:
        predictions.append(np.dot(H, kf.predict())[0])
        kf.update(z)
    return np.array(predictions)


def loglik(measurements, q, r):
    dt = 0.1
    kf = KalmanFilter(F=np.array([[1., dt], [0, 1.]]), H=np.array([[1., 0.]]),
                      Q=q * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]]),
                      R=np.array([[r]]))
    ll = 0.0
    for z in measurements:
        kf.predict()
        S = (kf.H @ kf.P @ kf.H.T + kf.R)[0, 0]
        innov = z - (kf.H @ kf.x)[0, 0]
        ll += -0.5 * (np.log(2 * np.pi * S) + innov ** 2 / S)
        kf.update(z)
    return ll


x = np.linspace(-1, 1, 20)
meas = -(x ** 2 + 2 * x - 2) + np.random.RandomState(0).normal(0, 0.2, 20)

PROGRAMS = [(example, (meas, 0.5)), (loglik, (meas, 0.7, 0.3))]
