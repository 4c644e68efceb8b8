import numpy as np


def dh(a, alpha, d, theta):
    ct, st = np.cos(theta), np.sin(theta)
    ca, sa = np.cos(alpha), np.sin(alpha)
    return np.array([[ct, -st*ca, st*sa, a*ct],
                     [st, ct*ca, -ct*sa, a*st],
                     [0, sa, ca, d],
                     [0, 0, 0, 1]])


class Joint:
    def __init__(self, a, alpha, d=0.0, theta=0.0, kind='R'):
        if kind not in ('R', 'P'):
            raise ValueError("joint kind must be 'R' or 'P'")
        self.a, self.alpha, self.d, self.theta, self.kind = a, alpha, d, theta, kind

    def transform(self, q):
        if self.kind == 'R':
            return dh(self.a, self.alpha, self.d, self.theta + q)
        return dh(self.a, self.alpha, self.d + q, self.theta)


class SerialArm:
    def __init__(self, joints, base=None):
        self.joints = list(joints)
        self.base = np.eye(4) if base is None else base

    def __len__(self):
        return len(self.joints)

    def frames(self, q):
        if len(q) != len(self):
            raise ValueError('expected %d joint values' % len(self))
        T = self.base
        out = [T]
        for j, qi in zip(self.joints, q):
            T = T.dot(j.transform(qi))
            out.append(T)
        return out

    def fkine(self, q):
        return self.frames(q)[-1]

    def jacobian(self, q):
        frames = self.frames(q)
        pe = frames[-1][:3, 3]
        J = np.zeros((6, len(self)))
        for k, joint in enumerate(self.joints):
            z = frames[k][:3, 2]
            if joint.kind == 'R':
                J[:3, k] = np.cross(z, pe - frames[k][:3, 3])
                J[3:, k] = z
            else:
                J[:3, k] = z
        return J

    def manipulability(self, q):
        J = self.jacobian(q)[:3]
        return np.sqrt(np.linalg.det(J.dot(J.T)))

    def ikine(self, target, q0, n=12, lam=1e-3):
        q = np.array(q0, dtype=float)
        for _ in range(n):
            err = target - self.fkine(q)[:3, 3]
            J = self.jacobian(q)[:3]
            q += J.T @ np.linalg.solve(J @ J.T + lam * np.eye(3), err)
        return q


def make_arm():
    return SerialArm([Joint(0, np.pi / 2, d=0.4), Joint(0.5, 0), Joint(0.35, 0)])


def tool_position(q):
    return make_arm().fkine(q)[:3, 3]


def manipulability(q):
    return make_arm().manipulability(q)


def inverse(target):
    return make_arm().ikine(target, [0.1, 0.5, -0.9])


def scara_jacobian(q, l1, l2):
    arm = SerialArm([Joint(l1, 0), Joint(l2, np.pi), Joint(0, 0, kind='P')])
    return arm.jacobian(q)[:3]


PROGRAMS = [
    (tool_position, (np.array([0.3, 0.7, -1.1]),)),
    (manipulability, (np.array([0.3, 0.7, -1.1]),)),
    (inverse, (np.array([0.5, 0.2, 0.55]),)),
    (scara_jacobian, (np.array([0.4, 0.9, 0.2]), 0.45, 0.3)),
]
