import numpy as np


class PID:
    """Discrete PID with derivative filter and anti-windup."""

    def __init__(self, Kp, Ki, Kd, dt, limits=(None, None)):
        self.Kp, self.Ki, self.Kd = Kp, Ki, Kd
        self.dt = dt
        self.limits = limits
        self.reset()

    def reset(self):
        self._integral = 0
        self._last_meas = None

    def __call__(self, setpoint, meas):
        err = setpoint - meas
        self._integral += self.Ki * err * self.dt
        d = 0
        if self._last_meas is not None:
            d = -(meas - self._last_meas) / self.dt
        out = self.Kp * err + self._integral + self.Kd * d
        lo, hi = self.limits
        if hi is not None and out > hi:
            self._integral -= self.Ki * err * self.dt
            out = hi
        elif lo is not None and out < lo:
            self._integral -= self.Ki * err * self.dt
            out = lo
        self._last_meas = meas
        return out


def simulate(Kp, Ki, Kd, tau, n=60):
    dt = 0.1
    pid = PID(Kp, Ki, Kd, dt, limits=(-5., 2.5))
    y = v = 0.0
    itae = 0.0
    for k in range(n):
        u = pid(1.0, y)
        # second order plant
        a = (u - y - 2 * 0.6 * tau * v) / tau**2
        v += a * dt
        y += v * dt
        itae += k * dt * abs(1.0 - y) * dt
    return itae, y


def lqr_gain(q, r, dt):
    A = np.array([[1, dt], [0, 1]])
    B = np.array([[0.5 * dt**2], [dt]])
    Q = np.diag(q)
    P = Q.copy()
    for i in range(80):
        K = np.linalg.solve(r + B.T @ P @ B, B.T @ P @ A)
        P = Q + A.T @ P @ (A - B @ K)
    return K.ravel()


PROGRAMS = [
    (simulate, (1.8, 0.9, 0.6, 0.7)),
    (lqr_gain, (np.array([2.0, 0.5]), 0.3, 0.2)),
]
