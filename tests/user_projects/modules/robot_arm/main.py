"""Serial manipulators with DH parameters."""
import numpy as np
from functools import reduce


class Link:
    def __init__(self, d=0., a=0., alpha=0., offset=0., joint_type='R'):
        if joint_type not in ('R', 'P'):
            raise ValueError("Joint type must be 'R' or 'P', got %r" % (joint_type,))
        self.d, self.a, self.alpha, self.offset = d, a, alpha, offset
        self.joint_type = joint_type

    def A(self, q):
        q = q + self.offset
        if self.joint_type == 'R':
            theta, d = q, self.d
        else:
            theta, d = 0.0, q
        ct, st = np.cos(theta), np.sin(theta)
        ca, sa = np.cos(self.alpha), np.sin(self.alpha)
        return np.array([[ct, -st * ca, st * sa, self.a * ct],
                         [st, ct * ca, -ct * sa, self.a * st],
                         [0., sa, ca, d],
                         [0., 0., 0., 1.]])


class SerialArm:
    def __init__(self, links, tool=None):
        self.links = links
        self.tool = np.eye(4) if tool is None else tool

    def __len__(self):
        return len(self.links)

    def fk(self, q, base=None):
        q = np.asarray(q).flatten()
        assert len(q) == len(self), 'wrong number of joints'
        Ts = [l.A(qi) for l, qi in zip(self.links, q)]
        T = reduce(np.dot, Ts, np.eye(4) if base is None else base)
        return T.dot(self.tool)

    def jacobian(self, q):
        n = len(self)
        J = np.zeros((6, n))
        pe = self.fk(q)[:3, 3]
        T = np.eye(4)
        for i in range(n):
            z = T[:3, 2]
            p = T[:3, 3]
            if self.links[i].joint_type == 'R':
                J[:3, i] = np.cross(z, pe - p)
                J[3:, i] = z
            else:
                J[:3, i] = z
            T = T.dot(self.links[i].A(q[i]))
        return J

    def ik(self, target, q0, kd=0.05, max_iter=8):
        q = np.array(q0)
        for _ in range(max_iter):
            e = target - self.fk(q)[:3, 3]
            J = self.jacobian(q)[:3]
            dq = J.T @ np.linalg.inv(J @ J.T + kd ** 2 * np.eye(3)) @ e
            q += dq
        return q


def make_arm(l1, l2, d1):
    return SerialArm([Link(d=d1, alpha=np.pi / 2), Link(a=l1), Link(a=l2), Link(joint_type='P')])


def end_effector(q, l1, l2):
    return make_arm(l1, l2, 0.4).fk(q)[:3, 3]


def manipulability(q):
    J = make_arm(1.0, 0.8, 0.3).jacobian(q)[:3, :]
    return np.sqrt(np.linalg.det(np.dot(J, J.T)))


def reach(target, d1):
    return make_arm(1.0, 0.8, d1).ik(target, [0.3, 0.4, 0.6, 0.1])


q = np.array([0.3, -0.5, 0.9, 0.2])
PROGRAMS = [
    (end_effector, (q, 1.0, 0.7)),
    (manipulability, (q,)),
    (reach, (np.array([1.1, 0.5, 0.7]), 0.3)),
]
