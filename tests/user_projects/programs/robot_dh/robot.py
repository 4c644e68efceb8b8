from numpy import eye, zeros, cross
from transforms import dh


class Robot:
    def __init__(self, links):
        self.links = links

    @property
    def n(self):
        return len(self.links)

    def frames(self, q):
        if len(q) != self.n:
            raise ValueError("expected %d joint angles" % self.n)
        T = eye(4)
        Ts = [T]
        for qi, (a, alpha, d) in zip(q, self.links):
            T = T.dot(dh(qi, a, alpha, d))
            Ts.append(T)
        return Ts

    def fkine(self, q):
        return self.frames(q)[-1]

    def jacob0(self, q):
        Ts = self.frames(q)
        pe = Ts[-1][:3, 3]
        J = zeros((6, self.n))
        for i in range(self.n):
            z = Ts[i][:3, 2]
            p = Ts[i][:3, 3]
            J[:3, i] = cross(z, pe - p)
            J[3:, i] = z
        return J
