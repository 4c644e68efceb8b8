from abc import ABC, abstractmethod
import numpy as np


class Layer(ABC):
    params = ()

    @abstractmethod
    def forward(self, x):
        ...

    @abstractmethod
    def backward(self, grad):
        ...


class Dense(Layer):
    def __init__(self, n_in, n_out, seed=0):
        rng = np.random.RandomState(seed)
        limit = np.sqrt(6.0 / (n_in + n_out))
        self.W = rng.uniform(-limit, limit, size=(n_in, n_out))
        self.b = np.zeros(n_out)
        self.params = ['W', 'b']
        self.grads = {}

    def forward(self, x):
        self._x = x
        return np.dot(x, self.W) + self.b

    def backward(self, grad):
        self.grads['W'] = np.dot(self._x.T, grad)
        self.grads['b'] = grad.sum(axis=0)
        return np.dot(grad, self.W.T)


class Tanh(Layer):
    def forward(self, x):
        self._y = np.tanh(x)
        return self._y

    def backward(self, grad):
        return grad * (1 - self._y ** 2)


class Softplus(Layer):
    def forward(self, x):
        self._x = x
        return np.log1p(np.exp(x))

    def backward(self, grad):
        return grad / (1 + np.exp(-self._x))
