"""Planar two link arm: forward kinematics, jacobian, gravity torques."""
import numpy as np

L1 = 0.45
L2 = 0.35
M1, M2 = 2.5, 1.4
G = 9.81


def rot(theta):
    return np.array([[np.cos(theta), -np.sin(theta)],
                     [np.sin(theta), np.cos(theta)]])


def homogeneous(R, t):
    T = np.eye(3)
    T[:2, :2] = R
    T[:2, 2] = t
    return T


def fk(q):
    T01 = homogeneous(rot(q[0]), np.zeros(2))
    T12 = homogeneous(rot(q[1]), np.array([L1, 0]))
    T2e = homogeneous(np.eye(2), np.array([L2, 0]))
    return T01 @ T12 @ T2e


def jacobian(q):
    s1, c1 = np.sin(q[0]), np.cos(q[0])
    s12, c12 = np.sin(q[0] + q[1]), np.cos(q[0] + q[1])
    J = np.zeros((2, 2))
    J[0, 0] = -L1 * s1 - L2 * s12
    J[0, 1] = -L2 * s12
    J[1, 0] = L1 * c1 + L2 * c12
    J[1, 1] = L2 * c12
    return J


def gravity(q):
    g2 = M2 * G * L2 / 2 * np.cos(q[0] + q[1])
    g1 = (M1 * L1 / 2 + M2 * L1) * G * np.cos(q[0]) + g2
    return np.array([g1, g2])


def end_effector(q):
    T = fk(q)
    return T[:2, 2]


def joint_torques(q, force):
    """static torques needed to hold a force at the tip"""
    tau = jacobian(q).T.dot(force)
    tau += gravity(q)
    return tau


def manipulability(q):
    J = jacobian(q)
    return np.sqrt(np.linalg.det(J.dot(J.T)))


PROGRAMS = [
    (joint_torques, (np.array([0.4, 0.9]), np.array([5.0, -12.0]))),
    (manipulability, (np.array([0.3, 1.1]),)),
]
