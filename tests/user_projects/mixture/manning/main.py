import numpy as np


def normal_depth(Q, b, z, n, S):
    """Normal depth in a trapezoidal channel (Newton with numeric slope in the original VBA)"""
    y = 1.0
    for _ in range(50):
        A = (b + z * y) * y
        P = b + 2 * y * np.sqrt(1 + z**2)
        T = b + 2 * z * y
        F = A**(5/3) / P**(2/3) - Q * n / np.sqrt(S)
        dF = (5/3) * A**(2/3) * T / P**(2/3) - (2/3) * A**(5/3) / P**(5/3) * 2 * np.sqrt(1 + z**2)
        dy = F / dF
        y -= dy
        if abs(dy) < 1e-12:
            break
    return y


PROGRAMS = [(normal_depth, (12.0, 3.0, 1.5, 0.025, 0.001))]
