import numpy as np


def layer_matrix(n, d, lam, theta):
    delta = 2 * np.pi * n * d * np.cos(theta) / lam
    eta = n * np.cos(theta)
    return np.array([[np.cos(delta), 1j * np.sin(delta) / eta],
                     [1j * eta * np.sin(delta), np.cos(delta)]])


def reflectance(n_list, d_list, lam, theta0=0.0, ns=1.52):
    M = np.eye(2, dtype=complex)
    for n, d in zip(n_list, d_list):
        th = np.arcsin(np.sin(theta0) / n)
        M = M @ layer_matrix(n, d, lam, th)
    ths = np.arcsin(np.sin(theta0) / ns)
    B, C = M @ np.array([1.0, ns * np.cos(ths)])
    Y = C / B
    eta0 = np.cos(theta0)
    r = (eta0 - Y) / (eta0 + Y)
    return np.abs(r) ** 2


def fresnel_rs_rp(n1, n2, theta):
    tt = np.arcsin(n1 / n2 * np.sin(theta))
    rs = (n1 * np.cos(theta) - n2 * np.cos(tt)) / (n1 * np.cos(theta) + n2 * np.cos(tt))
    rp = (n2 * np.cos(theta) - n1 * np.cos(tt)) / (n2 * np.cos(theta) + n1 * np.cos(tt))
    return rs ** 2, rp ** 2


PROGRAMS = [
    (reflectance, (np.array([1.38, 2.1, 1.46]), np.array([99.6, 65.0, 94.0]), 500.0, 0.3)),
    (fresnel_rs_rp, (1.0, 1.5, 0.7)),
]
