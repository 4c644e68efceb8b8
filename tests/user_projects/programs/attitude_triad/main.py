from numpy import array
from numpy.linalg import norm
from attitude.triad import triad, dcm_angle
from attitude.kinematics import skew, expm_so3, logm_so3


def attitude_error(b1, b2):
    R = triad(b1, b2, array([1.0, 0.0, 0.0]), array([0.0, 1.0, 0.2]))
    return dcm_angle(R)


def relative_rotvec(w1, w2):
    return logm_so3(expm_so3(w1).T @ expm_so3(w2))


PROGRAMS = [(attitude_error, (array([0.9, 0.3, 0.1]), array([-0.2, 0.95, 0.3]))),
            (relative_rotvec, (array([0.1, 0.4, -0.3]), array([-0.5, 0.2, 0.6])))]
