import numpy as np


class PID:
    def __init__(self, Kp, Ki, Kd, setpoint=1.0, limits=(None, None)):
        self.Kp = Kp
        self.Ki = Ki
        self.Kd = Kd
        self.setpoint = setpoint
        self.limits = limits
        self._integral = 0
        self._last_error = None

    def __call__(self, measurement, dt):
        error = self.setpoint - measurement
        self._integral += error * dt
        if self._last_error is None:
            d = 0
        else:
            d = (error - self._last_error) / dt
        self._last_error = error
        out = self.Kp * error + self.Ki * self._integral + self.Kd * d
        lo, hi = self.limits
        if lo is not None and out < lo:
            out = lo
        if hi is not None and out > hi:
            out = hi
        return out


class FirstOrderPlant:
    def __init__(self, tau, gain, y0=0.0):
        self.tau, self.gain, self.y = tau, gain, y0

    def update(self, u, dt):
        self.y += dt * (-self.y + self.gain * u) / self.tau
        return self.y


class SecondOrderPlant(FirstOrderPlant):
    def __init__(self, wn, zeta, y0=0.0):
        super().__init__(1 / wn, 1.0, y0)
        self.wn = wn
        self.zeta = zeta
        self.v = 0.0

    def update(self, u, dt):
        a = self.wn**2 * (u - self.y) - 2 * self.zeta * self.wn * self.v
        self.v += a * dt
        self.y += self.v * dt
        return self.y


def simulate(pid, plant, T, dt):
    n = int(T / dt)
    ys = np.zeros(n)
    y = plant.y
    for k in range(n):
        u = pid(y, dt)
        y = plant.update(u, dt)
        ys[k] = y
    return ys


def ise(Kp, Ki, Kd, tau):
    y = simulate(PID(Kp, Ki, Kd), FirstOrderPlant(tau, 2.0), 3.0, 0.05)
    return np.sum((1 - y)**2) * 0.05


def response(gains, wn, zeta):
    pid = PID(*gains, setpoint=0.5, limits=(-10, 10))
    return simulate(pid, SecondOrderPlant(wn, zeta), 2.0, 0.1)


PROGRAMS = [(ise, (1.2, 0.8, 0.05, 0.7)), (response, (np.array([1.0, 0.5, 0.1]), 2.0, 0.4))]
