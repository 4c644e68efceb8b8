import numpy as np
import numpy.linalg as la


def skew(w):
    return np.array([[0, -w[2], w[1]],
                     [w[2], 0, -w[0]],
                     [-w[1], w[0], 0]])


def expm_so3(w):
    th = la.norm(w)
    if th < 1e-10:
        return np.eye(3) + skew(w)
    K = skew(w / th)
    return np.eye(3) + np.sin(th) * K + (1 - np.cos(th)) * K @ K


def logm_so3(R):
    th = np.arccos((np.trace(R) - 1) / 2)
    if np.isclose(th, 0):
        return np.zeros(3)
    return th / (2 * np.sin(th)) * np.array([R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1]])
