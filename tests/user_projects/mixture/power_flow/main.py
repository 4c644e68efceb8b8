import numpy as np
from grid import ybus, LINES
from solver import gauss_seidel, injections


def bus_voltages(load_p, load_q):
    Y = ybus(LINES, 3)
    P = np.concatenate(([0.0], -load_p))
    Q = np.concatenate(([0.0], -load_q))
    V = gauss_seidel(Y, P, Q, 1.05)
    return np.abs(V)[1:], np.degrees(np.angle(V[1:]))


def losses(load_p, v_slack, r12):
    lines = [LINES[0], LINES[1], LINES[2]._replace(r=r12)]
    Y = ybus(lines, 3)
    V = gauss_seidel(Y, np.r_[0.0, -load_p], [0, -0.1, -0.15], v_slack)
    return np.sum(injections(Y, V)[0])


PROGRAMS = [
    (bus_voltages, (np.array([0.4, 0.3]), np.array([0.15, 0.1]))),
    (losses, (np.array([0.4, 0.3]), 1.03, 0.06)),
]
