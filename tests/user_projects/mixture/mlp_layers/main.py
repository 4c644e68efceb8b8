import numpy as np
from nn import Sequential, Dense, Tanh, Softplus, SGD, Adam, MSE, SoftmaxCrossEntropy

rng = np.random.RandomState(42)
X = rng.randn(10, 3)
labels = rng.randint(0, 3, size=10)
y = np.sin(X.sum(axis=1, keepdims=True))


def train_classifier(X, lr):
    model = Sequential(Dense(3, 6, seed=1), Tanh(), Dense(6, 3, seed=2))
    loss = SoftmaxCrossEntropy()
    opt = SGD(lr, momentum=0.9)
    history = []
    for epoch in range(8):
        l = loss.forward(model(X), labels)
        model.backward(loss.backward())
        opt.step(model)
        history.append(l)
    return np.array(history)


def train_regressor(X, y, lr):
    model = Sequential(Dense(3, 5, seed=3), Softplus()).add(Dense(5, 1, seed=4))
    loss = MSE()
    opt = Adam(lr=lr)
    for epoch in range(6):
        l = loss.forward(model(X), y)
        model.backward(loss.backward())
        opt.step(model)
    return loss.forward(model(X), y)


def input_gradient(x):
    model = Sequential(Dense(3, 6, seed=1), Tanh(), Dense(6, 1, seed=2))
    out = model(x.reshape(1, -1))
    return model.backward(np.ones_like(out)).ravel()


PROGRAMS = [
    (train_classifier, (X, 0.1)),
    (train_regressor, (X, y, 0.02)),
    (input_gradient, (np.array([0.3, -0.6, 1.1]),)),
]
