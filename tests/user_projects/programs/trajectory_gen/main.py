import numpy as np


def quintic_matrix(T):
    return np.array([[1, 0, 0, 0, 0, 0],
                     [0, 1, 0, 0, 0, 0],
                     [0, 0, 2, 0, 0, 0],
                     [1, T, T**2, T**3, T**4, T**5],
                     [0, 1, 2*T, 3*T**2, 4*T**3, 5*T**4],
                     [0, 0, 2, 6*T, 12*T**2, 20*T**3]])


def quintic(start, end, T):
    b = np.concatenate([start, end])
    return np.linalg.solve(quintic_matrix(T), b)


def evaluate(c, t):
    return sum(c[i] * t**i for i in range(6))


def jerk_cost(goal, T):
    c = quintic(np.array([0.0, 0.5, 0.0]), np.array([goal, 0.0, 0.0]), T)
    ts = np.linspace(0, T, 15)
    j = 6 * c[3] + 24 * c[4] * ts + 60 * c[5] * ts**2
    return np.sum(j**2) * T / 15


def curvature(points):
    dx = np.gradient(points[:, 0])
    dy = np.gradient(points[:, 1])
    ddx, ddy = np.gradient(dx), np.gradient(dy)
    return (dx * ddy - dy * ddx) / (dx**2 + dy**2)**1.5


PROGRAMS = [(jerk_cost, (3.0, 2.5)),
            (curvature, (np.array([[0.0, 0.0], [1.0, 0.4], [2.1, 1.2], [2.9, 2.4], [3.2, 3.9], [3.1, 5.0]]),))]
