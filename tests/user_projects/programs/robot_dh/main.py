from numpy import pi, array
import numpy as np
import robot
from transforms import *

puma = robot.Robot([
    (0.0, pi / 2, 0.0),
    (0.4318, 0.0, 0.0),
    (0.0203, -pi / 2, 0.15005),
    (0.0, pi / 2, 0.4318),
    (0.0, -pi / 2, 0.0),
    (0.0, 0.0, 0.0)])


def tip_position(q):
    return puma.fkine(q)[:3, 3]


def jacob_svals(q):
    J = puma.jacob0(q)
    return np.linalg.svd(J[:3, :], compute_uv=False)


def pose_rpy(q):
    T = puma.fkine(q)
    return tr2rpy(T)


q0 = array([0.1, 0.7, -0.4, 0.3, 0.5, -0.2])
PROGRAMS = [(pose_rpy, (q0,)), (jacob_svals, (q0,))]
