import numpy as np


def nearest_neighbors(src, dst):
    idx = []
    for p in src:
        d = np.sum((dst - p)**2, axis=1)
        idx.append(np.argmin(d))
    return np.array(idx)


def best_fit_transform(A, B):
    assert A.shape == B.shape
    cA, cB = A.mean(axis=0), B.mean(axis=0)
    H = (A - cA).T @ (B - cB)
    U, S, Vt = np.linalg.svd(H)
    R = Vt.T @ U.T
    if np.linalg.det(R) < 0:
        Vt[-1, :] *= -1
        R = Vt.T @ U.T
    t = cB - R @ cA
    return R, t


def icp(A, B, iters=4):
    src = np.copy(A)
    for i in range(iters):
        idx = nearest_neighbors(src, B)
        R, t = best_fit_transform(src, B[idx])
        src = (R @ src.T).T + t
    return src


def icp_error(A, B):
    s = icp(A, B)
    return np.mean(np.linalg.norm(s - B[nearest_neighbors(s, B)], axis=1))


def rotation_angle(A, B):
    R, t = best_fit_transform(A, B)
    return np.degrees(np.arctan2(R[1, 0], R[0, 0])), t


_B = np.array([[0.0, 0.0], [2.0, 0.3], [2.4, 1.9], [0.2, 2.2], [1.1, 3.5]])
_c, _s = np.cos(0.15), np.sin(0.15)
_A = _B @ np.array([[_c, -_s], [_s, _c]]) + np.array([0.1, -0.15]) + 0.05 * np.array([[1, 0], [0, -1], [-1, 1], [0.5, 0.2], [0.3, -0.7]])
PROGRAMS = [(icp_error, (_A, _B)), (rotation_angle, (_A, _B))]
