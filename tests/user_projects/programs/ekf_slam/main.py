"""EKF localisation with range-bearing landmarks"""
import numpy as np
from math import cos, sin, atan2, sqrt, pi

landmarks = np.array([[5.0, 10.0], [10.0, 5.0], [15.0, 15.0]])


def normalize_angle(x):
    x = x % (2 * pi)
    if x > pi:
        x -= 2 * pi
    return x


def move(x, u, dt, wheelbase):
    hdg = x[2]
    vel = u[0]
    steering = u[1]
    dist = vel * dt
    if abs(steering) > 0.001:
        beta = (dist / wheelbase) * np.tan(steering)
        r = wheelbase / np.tan(steering)
        dx = np.array([-r * sin(hdg) + r * sin(hdg + beta),
                       r * cos(hdg) - r * cos(hdg + beta),
                       beta])
    else:
        dx = np.array([dist * cos(hdg), dist * sin(hdg), 0])
    return x + dx


def Hx(x, p):
    hyp = sqrt((p[0] - x[0])**2 + (p[1] - x[1])**2)
    return np.array([hyp, normalize_angle(atan2(p[1] - x[1], p[0] - x[0]) - x[2])])


def H_of(x, p):
    px, py = p
    hyp = (px - x[0])**2 + (py - x[1])**2
    dist = sqrt(hyp)
    return np.array([[-(px - x[0]) / dist, -(py - x[1]) / dist, 0],
                     [(py - x[1]) / hyp, -(px - x[0]) / hyp, -1]])


def F_of(x, u, dt, wb):
    beta = u[0] * dt / wb * np.tan(u[1])
    r = wb / np.tan(u[1])
    F = np.eye(3)
    F[0, 2] = -r * cos(x[2]) + r * cos(x[2] + beta)
    F[1, 2] = -r * sin(x[2]) + r * sin(x[2] + beta)
    return F


def run(x0, us, zs, sigma_range, sigma_bearing):
    x = x0.copy()
    P = np.diag([.1, .1, .05])
    R = np.diag([sigma_range**2, sigma_bearing**2])
    for k in range(len(us)):
        F = F_of(x, us[k], 1.0, 0.5)
        x = move(x, us[k], 1.0, 0.5)
        P = F @ P @ F.T + 0.01 * np.eye(3)
        for lm, z in zip(landmarks, zs[k]):
            H = H_of(x, lm)
            y = z - Hx(x, lm)
            y[1] = normalize_angle(y[1])
            S = H @ P @ H.T + R
            K = P @ H.T @ np.linalg.inv(S)
            x = x + K @ y
            P = (np.eye(3) - K @ H) @ P
    return x, P


def estimate(x0, us, zs):
    x, P = run(x0, us, zs, 0.3, 0.1)
    return x


def uncertainty(x0, sr, sb):
    x, P = run(x0, US, ZS, sr, sb)
    return np.trace(P), 0.5 * np.log(np.linalg.det(P))


X0 = np.array([2.0, 6.0, 0.3])
US = np.array([[1.1, 0.01], [1.0, 0.02], [1.1, 0.015]])
_x = X0.copy()
ZS = []
for _u in US:
    _x = move(_x, _u, 1.0, 0.5)
    ZS.append([Hx(_x, l) + np.array([0.1, -0.02]) for l in landmarks])
ZS = np.array(ZS)
PROGRAMS = [(estimate, (X0 + 0.05, US, ZS)), (uncertainty, (X0, 0.3, 0.1))]
