import numpy as np


class SGD:
    def __init__(self, lr=0.01, momentum=0.0):
        self.lr = lr
        self.momentum = momentum
        self._v = {}

    def step(self, model):
        for i, layer in enumerate(model.layers):
            for name in layer.params:
                key = (i, name)
                v = self._v.get(key, 0.0)
                v = self.momentum * v - self.lr * layer.grads[name]
                self._v[key] = v
                setattr(layer, name, getattr(layer, name) + v)


class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m, self.v = {}, {}

    def step(self, model):
        self.t += 1
        for i, layer in enumerate(model.layers):
            for name in layer.params:
                g = layer.grads[name]
                key = (i, name)
                if key not in self.m:
                    self.m[key] = np.zeros_like(g)
                    self.v[key] = np.zeros_like(g)
                self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * g
                self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * g ** 2
                mhat = self.m[key] / (1 - self.beta1 ** self.t)
                vhat = self.v[key] / (1 - self.beta2 ** self.t)
                p = getattr(layer, name)
                setattr(layer, name, p - self.lr * mhat / (np.sqrt(vhat) + self.eps))
