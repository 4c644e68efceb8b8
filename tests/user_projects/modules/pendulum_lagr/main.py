"""Double pendulum, class from the mechanics course notes."""
import numpy as np
from numpy import sin, cos


class DoublePendulum:
    def __init__(self, init_state, L1=1.0, L2=1.0, M1=1.0, M2=1.0, G=9.8, origin=(0, 0)):
        self.init_state = np.asarray(init_state, dtype='float')
        self.params = (L1, L2, M1, M2, G)
        self.origin = origin
        self.time_elapsed = 0
        self.state = self.init_state * np.pi / 180.

    def position(self):
        (L1, L2, M1, M2, G) = self.params
        x = np.cumsum([self.origin[0], L1 * sin(self.state[0]), L2 * sin(self.state[2])])
        y = np.cumsum([self.origin[1], -L1 * cos(self.state[0]), -L2 * cos(self.state[2])])
        return (x, y)

    def energy(self):
        (L1, L2, M1, M2, G) = self.params
        x = np.cumsum([L1 * sin(self.state[0]), L2 * sin(self.state[2])])
        y = np.cumsum([-L1 * cos(self.state[0]), -L2 * cos(self.state[2])])
        vx = np.cumsum([L1 * self.state[1] * cos(self.state[0]), L2 * self.state[3] * cos(self.state[2])])
        vy = np.cumsum([L1 * self.state[1] * sin(self.state[0]), L2 * self.state[3] * sin(self.state[2])])
        U = G * (M1 * y[0] + M2 * y[1])
        K = 0.5 * (M1 * np.dot([vx[0], vy[0]], [vx[0], vy[0]]) + M2 * (vx[1] ** 2 + vy[1] ** 2))
        return U + K

    def dstate_dt(self, state, t):
        (M1, M2, L1, L2, G) = (self.params[2], self.params[3], self.params[0], self.params[1], self.params[4])
        dydx = np.zeros_like(state)
        dydx[0] = state[1]
        dydx[2] = state[3]
        cos_delta = cos(state[2] - state[0])
        sin_delta = sin(state[2] - state[0])
        den1 = (M1 + M2) * L1 - M2 * L1 * cos_delta * cos_delta
        dydx[1] = (M2 * L1 * state[1] * state[1] * sin_delta * cos_delta
                   + M2 * G * sin(state[2]) * cos_delta
                   + M2 * L2 * state[3] * state[3] * sin_delta
                   - (M1 + M2) * G * sin(state[0])) / den1
        den2 = (L2 / L1) * den1
        dydx[3] = (-M2 * L2 * state[3] * state[3] * sin_delta * cos_delta
                   + (M1 + M2) * G * sin(state[0]) * cos_delta
                   - (M1 + M2) * L1 * state[1] * state[1] * sin_delta
                   - (M1 + M2) * G * sin(state[2])) / den2
        return dydx

    def step(self, dt):
        k1 = self.dstate_dt(self.state, self.time_elapsed)
        k2 = self.dstate_dt(self.state + dt * k1, self.time_elapsed + dt)
        self.state = self.state + 0.5 * dt * (k1 + k2)
        self.time_elapsed += dt


def swing(angles, L1, M2, dt):
    p = DoublePendulum(angles, L1=L1, M2=M2)
    for _ in range(15):
        p.step(dt)
    x, y = p.position()
    return np.r_[x[1:], y[1:]], p.energy()


PROGRAMS = [(swing, (np.array([120., 5., -20., 10.]), 1.1, .8, .02))]
