"""State space systems and LQR, using np.matrix as in the original toolbox port."""
import warnings
import numpy as np

warnings.filterwarnings('ignore', category=PendingDeprecationWarning)


class StateSpace(object):
    def __init__(self, A, B, C=None, D=None):
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            self.A = np.matrix(A)
            self.B = np.matrix(B)
            self.C = np.matrix(np.eye(self.A.shape[0])) if C is None else np.matrix(C)
        if self.A.shape[0] != self.A.shape[1]:
            raise ValueError("A must be square")
        if self.B.shape[0] != self.A.shape[0]:
            raise ValueError("B has %d rows, expected %d" % (self.B.shape[0], self.A.shape[0]))
        self.states = self.A.shape[0]

    def dlqr(self, Q, R, iters=25):
        """Value iteration on the Riccati equation."""
        A, B = self.A, self.B
        P = np.matrix(Q)
        for _ in range(iters):
            K = np.linalg.inv(R + B.T * P * B) * (B.T * P * A)
            P = Q + A.T * P * (A - B * K)
        return K, P

    def simulate(self, K, x0, n):
        x = np.matrix(x0).reshape(-1, 1)
        Y = []
        for _ in range(n):
            Y.append((self.C * x).A1)
            x = (self.A - self.B * K) * x
        return np.array(Y)


def lqr_gain(A, B, q, r):
    sys = StateSpace(A, B)
    K, P = sys.dlqr(np.diag(q), r)
    return np.asarray(K), np.trace(P)


def closed_loop(A, x0, r):
    sys = StateSpace(A, [[0.], [.1]])
    K, _ = sys.dlqr(np.eye(2), r)
    return sys.simulate(K, x0, 6)


A = np.array([[1., .1], [-.05, .97]])
PROGRAMS = [
    (lqr_gain, (A, np.array([[.01], [.1]]), np.array([1., .4]), .3)),
    (closed_loop, (A, np.array([1., -.5]), .2)),
]
