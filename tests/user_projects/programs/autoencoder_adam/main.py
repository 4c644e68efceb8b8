import numpy as np


class Adam:
    def __init__(self, params, lr=0.01, betas=(0.9, 0.999), eps=1e-8):
        self.lr, self.betas, self.eps = lr, betas, eps
        self.m = {k: np.zeros_like(v) for k, v in params.items()}
        self.v = {k: np.zeros_like(v) for k, v in params.items()}
        self.t = 0

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.betas
        for k in params:
            self.m[k] = b1 * self.m[k] + (1 - b1) * grads[k]
            self.v[k] = b2 * self.v[k] + (1 - b2) * grads[k]**2
            mh = self.m[k] / (1 - b1**self.t)
            vh = self.v[k] / (1 - b2**self.t)
            params[k] -= self.lr * mh / (np.sqrt(vh) + self.eps)


class AutoEncoder:
    def __init__(self, n, h, seed=5):
        rng = np.random.default_rng(seed)
        self.params = {'W1': rng.normal(0, 0.5, (n, h)), 'b1': np.zeros(h),
                       'W2': rng.normal(0, 0.5, (h, n)), 'b2': np.zeros(n)}

    def forward(self, X):
        self.h = np.tanh(X.dot(self.params['W1']) + self.params['b1'])
        return self.h.dot(self.params['W2']) + self.params['b2']

    def grads(self, X):
        out = self.forward(X)
        d = 2 * (out - X) / X.size
        g = {'W2': self.h.T.dot(d), 'b2': d.sum(axis=0)}
        dh = d.dot(self.params['W2'].T) * (1 - self.h**2)
        g['W1'] = X.T.dot(dh)
        g['b1'] = dh.sum(axis=0)
        return np.mean((out - X)**2), g


def train_curve(X, lr):
    net = AutoEncoder(X.shape[1], 2)
    opt = Adam(net.params, lr=lr)
    losses = []
    for i in range(10):
        l, g = net.grads(X)
        losses.append(l)
        opt.step(net.params, g)
    return np.array(losses)


def kl_gaussians(m0, S0, m1, S1):
    def logdet(S):
        return 2 * np.sum(np.log(np.diag(np.linalg.cholesky(S))))
    k = len(m0)
    iS1 = np.linalg.inv(S1)
    d = m1 - m0
    return 0.5 * (np.trace(iS1 @ S0) + d @ iS1 @ d - k + logdet(S1) - logdet(S0))


Xa = np.random.default_rng(6).normal(size=(6, 3))
PROGRAMS = [(train_curve, (Xa, 0.05)),
            (kl_gaussians, (np.array([0.1, 0.5]), np.array([[1.0, 0.2], [0.2, 0.5]]), np.array([0.0, 0.3]), np.array([[0.9, -0.1], [-0.1, 1.2]])))]
