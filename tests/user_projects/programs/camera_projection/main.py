import numpy as np


def eul2rot(theta):
    R = np.array([[np.cos(theta[1])*np.cos(theta[2]), np.sin(theta[0])*np.sin(theta[1])*np.cos(theta[2]) - np.sin(theta[2])*np.cos(theta[0]), np.sin(theta[1])*np.cos(theta[0])*np.cos(theta[2]) + np.sin(theta[0])*np.sin(theta[2])],
                  [np.sin(theta[2])*np.cos(theta[1]), np.sin(theta[0])*np.sin(theta[1])*np.sin(theta[2]) + np.cos(theta[0])*np.cos(theta[2]), np.sin(theta[1])*np.sin(theta[2])*np.cos(theta[0]) - np.sin(theta[0])*np.cos(theta[2])],
                  [-np.sin(theta[1]), np.sin(theta[0])*np.cos(theta[1]), np.cos(theta[0])*np.cos(theta[1])]])
    return R


def intrinsics(f, cx, cy):
    K = np.eye(3)
    K[0, 0] = f
    K[1, 1] = f
    K[0, 2] = cx
    K[1, 2] = cy
    return K


def to_homog(X):
    return np.vstack((X, np.ones((1, X.shape[1]))))


def project(params, X, cx=320, cy=240):
    f = params[0]
    R = eul2rot(params[1:4])
    t = params[4:7].reshape(3, 1)
    P = intrinsics(f, cx, cy) @ np.hstack((R, t))
    x = P @ to_homog(X)
    x = x / x[2]
    return x[:2]


def reprojection_error(params, X, obs):
    r = project(params, X) - obs
    return np.mean(np.sqrt(np.sum(r**2, axis=0)))


X3 = np.array([[0., 1, 1, 0, 0.5], [0., 0, 1, 1, 0.5], [0., 0.2, 0.1, 0.4, 1.0]])
p0 = np.array([500.0, 0.1, -0.2, 0.05, 0.3, -0.1, 5.0])
ob = project(p0, X3) + np.array([[1., -2, 0.5, 1.2, 0.7], [0.3, 1, -1, 0.6, -0.4]])

PROGRAMS = [(project, (p0, X3)), (reprojection_error, (p0, X3, ob))]
