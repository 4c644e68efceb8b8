import numpy as np


class InvertedPendulum:
    def __init__(self, M=1.0, m=0.2, l=0.5, g=9.81):
        self.M, self.m, self.l, self.g = M, m, l, g
        self.state = np.zeros(4)
        self.history = []

    def linearise(self):
        A = np.zeros((4, 4))
        A[0, 1] = 1
        A[2, 3] = 1
        A[1, 2] = -self.m * self.g / self.M
        A[3, 2] = (self.M + self.m) * self.g / (self.M * self.l)
        B = np.array([[0], [1 / self.M], [0], [-1 / (self.M * self.l)]])
        return A, B

    def dynamics(self, s, u):
        x, xd, th, thd = s
        sth, cth = np.sin(th), np.cos(th)
        den = self.M + self.m * sth**2
        xdd = (u + self.m * sth * (self.l * thd**2 - self.g * cth)) / den
        thdd = (-u * cth - self.m * self.l * thd**2 * cth * sth + (self.M + self.m) * self.g * sth) / (self.l * den)
        return np.array([xd, xdd, thd, thdd])

    def step(self, u, dt=0.02):
        self.state = self.state + dt * self.dynamics(self.state, u)
        self.history.append(self.state.copy())


def dlqr(A, B, Q, R, n=60):
    P = Q
    for _ in range(n):
        K = np.linalg.inv(R + B.T @ P @ B) @ (B.T @ P @ A)
        P = Q + A.T @ P @ (A - B @ K)
    return K


def gain(M, m, l):
    sys = InvertedPendulum(M, m, l)
    A, B = sys.linearise()
    dt = 0.02
    Ad = np.eye(4) + dt * A
    Bd = dt * B
    return dlqr(Ad, Bd, np.diag([1.0, 0.1, 10.0, 0.1]), np.array([[0.01]]))


def closed_loop_cost(x0, l):
    pend = InvertedPendulum(l=l)
    pend.state = x0
    A, B = pend.linearise()
    K = dlqr(np.eye(4) + 0.02 * A, 0.02 * B, np.eye(4), np.array([[0.1]]), 30)
    cost = 0
    for k in range(25):
        u = -(K @ pend.state)[0]
        pend.step(u)
        cost += pend.state @ pend.state + 0.1 * u**2
    return cost * 0.02


PROGRAMS = [(gain, (1.0, 0.2, 0.5)), (closed_loop_cost, (np.array([0.1, 0.0, 0.15, -0.05]), 0.6))]
