"""Neural network from scratch (course assignment 2)."""
import numpy as np


class Layer:
    def __init__(self):
        self.params = {}
        self.grads = {}
        self.cache = None

    def forward(self, x):
        raise NotImplementedError

    def backward(self, dout):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, W, b):
        super().__init__()
        assert W.shape[1] == b.shape[0]
        self.params['W'] = W
        self.params['b'] = b

    def forward(self, x):
        self.cache = x
        return np.dot(x, self.params['W']) + self.params['b']

    def backward(self, dout):
        x = self.cache
        self.grads['W'] = np.dot(x.T, dout)
        self.grads['b'] = np.sum(dout, axis=0)
        return np.dot(dout, self.params['W'].T)


class ReLU(Layer):
    def forward(self, x):
        out = np.maximum(0, x)
        self.cache = x
        return out

    def backward(self, dout):
        dx = np.array(dout, copy=True)
        dx[self.cache <= 0] = 0
        return dx


class Tanh(Layer):
    def forward(self, x):
        self.cache = np.tanh(x)
        return self.cache

    def backward(self, dout):
        return dout * (1 - self.cache ** 2)


class BatchNorm(Layer):
    def __init__(self, gamma, beta, eps=1e-5):
        super().__init__()
        self.params.update(gamma=gamma, beta=beta)
        self.eps = eps

    def forward(self, x):
        mu = np.mean(x, axis=0)
        var = np.var(x, axis=0)
        xhat = (x - mu) / np.sqrt(var + self.eps)
        self.cache = (x, xhat, mu, var)
        return self.params['gamma'] * xhat + self.params['beta']

    def backward(self, dout):
        x, xhat, mu, var = self.cache
        N, D = x.shape
        dxhat = dout * self.params['gamma']
        self.grads['gamma'] = np.sum(dout * xhat, axis=0)
        self.grads['beta'] = np.sum(dout, axis=0)
        istd = 1. / np.sqrt(var + self.eps)
        return (1. / N) * istd * (N * dxhat - np.sum(dxhat, axis=0) - xhat * np.sum(dxhat * xhat, axis=0))


def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


class Network(object):
    def __init__(self, layers):
        self.layers = layers

    def loss(self, X, y, reg=0.0):
        out = X
        for layer in self.layers:
            out = layer.forward(out)
        loss, dout = softmax_loss(out, y)
        for layer in self.layers:
            if 'W' in layer.params:
                loss += 0.5 * reg * np.sum(layer.params['W'] * layer.params['W'])
        for layer in self.layers[::-1]:
            dout = layer.backward(dout)
        return loss, dout

    def train(self, X, y, lr, n_iter, verbose=False):
        losses = []
        for it in range(n_iter):
            loss, _ = self.loss(X, y)
            losses.append(loss)
            for layer in self.layers:
                for key in layer.params:
                    layer.params[key] = layer.params[key] - lr * layer.grads[key]
            if verbose and it % 10 == 0:
                print('iteration %d: loss %f' % (it, loss))
        return np.array(losses)


LABELS = np.array([0, 2, 1, 0, 1])


def relu_loss(X, W1, W2, reg):
    net = Network([Dense(W1, np.zeros(W1.shape[1])), ReLU(), Dense(W2, np.zeros(3))])
    return net.loss(X, LABELS, reg)[0]


def train_curve(X, W1, W2, lr):
    net = Network([Dense(W1, np.zeros(4)), BatchNorm(np.ones(4), np.zeros(4)), Tanh(), Dense(W2, np.zeros(3))])
    return net.train(X, LABELS, lr, 4)


def input_gradient(X, W1, W2):
    net = Network([Dense(W1, np.zeros(4)), Tanh(), Dense(W2, np.zeros(3))])
    return net.loss(X, LABELS)[1]


_r = np.random.RandomState(0)
X, W1, W2 = _r.randn(5, 3), .5 * _r.randn(3, 4), .5 * _r.randn(4, 3)
PROGRAMS = [
    (relu_loss, (X, W1, W2, 0.1)),
    (train_curve, (X, W1, W2, 0.2)),
    (input_gradient, (X, W1, W2)),
]
