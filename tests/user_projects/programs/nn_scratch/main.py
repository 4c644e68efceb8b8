# Neural net from scratch (blog post part 2)
import numpy as np

np.random.seed(42)


class Layer:
    def __init__(self, n_in, n_out, activation='tanh'):
        self.W = np.random.randn(n_in, n_out) * np.sqrt(1 / n_in)
        self.b = np.zeros((1, n_out))
        self.activation = activation

    def forward(self, X):
        self.X = X
        self.z = X @ self.W + self.b
        if self.activation == 'tanh':
            self.a = np.tanh(self.z)
        elif self.activation == 'sigmoid':
            self.a = 1 / (1 + np.exp(-self.z))
        else:
            self.a = self.z
        return self.a

    def backward(self, grad, lr):
        if self.activation == 'tanh':
            grad = grad * (1 - self.a ** 2)
        elif self.activation == 'sigmoid':
            grad = grad * self.a * (1 - self.a)
        dW = self.X.T @ grad
        db = grad.sum(axis=0, keepdims=True)
        out = grad @ self.W.T
        self.W = self.W - lr * dW
        self.b = self.b - lr * db
        return out


class Network:
    def __init__(self, sizes):
        self.layers = []
        for i in range(len(sizes) - 1):
            act = 'sigmoid' if i == len(sizes) - 2 else 'tanh'
            self.layers.append(Layer(sizes[i], sizes[i + 1], act))

    def predict(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def loss(self, X, y):
        p = self.predict(X)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def train(self, X, y, epochs, lr):
        losses = []
        for e in range(epochs):
            p = self.predict(X)
            losses.append(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
            grad = (p - y) / (p * (1 - p)) / len(y)
            for layer in reversed(self.layers):
                grad = layer.backward(grad, lr)
        return losses


X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)
net = Network([2, 4, 1])


def train_xor(lr, seed=1):
    np.random.seed(seed)
    model = Network([2, 3, 1])
    hist = model.train(X, y, 20, lr)
    return np.array(hist)


PROGRAMS = [
    (net.loss, (X + 0.1, y)),
    (train_xor, (0.5,)),
]
