import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class LSTMCell:
    def __init__(self, input_size, hidden_size, seed=0):
        rng = np.random.RandomState(seed)
        self.hidden_size = hidden_size
        z = input_size + hidden_size
        self.params = {}
        for gate in ['f', 'i', 'c', 'o']:
            self.params['W' + gate] = rng.randn(hidden_size, z) * 0.3
            self.params['b' + gate] = np.zeros((hidden_size, 1))

    def forward(self, x, h, c):
        p = self.params
        xh = np.vstack((h, x))
        f = sigmoid(np.dot(p['Wf'], xh) + p['bf'])
        i = sigmoid(np.dot(p['Wi'], xh) + p['bi'])
        c_bar = np.tanh(np.dot(p['Wc'], xh) + p['bc'])
        c = f * c + i * c_bar
        o = sigmoid(np.dot(p['Wo'], xh) + p['bo'])
        h = o * np.tanh(c)
        return h, c

    def run(self, xs):
        h = np.zeros((self.hidden_size, 1))
        c = np.zeros((self.hidden_size, 1))
        hs = {}
        for t in range(len(xs)):
            h, c = self.forward(xs[t].reshape(-1, 1), h, c)
            hs[t] = np.copy(h)
        return hs


cell = LSTMCell(2, 3)
Why = np.array([[0.5, -0.3, 0.8]])


def predict_last(xs):
    hs = cell.run(xs)
    return np.dot(Why, hs[len(xs) - 1])[0][0]


def loss(Wf, xs, targets):
    model = LSTMCell(2, 3)
    model.params['Wf'] = Wf
    hs = model.run(xs)
    total = 0
    for t in range(len(xs)):
        y = (Why @ hs[t]).item()
        total += (y - targets[t])**2
    return total / len(xs)


seq = np.array([[0.1, 0.5], [0.3, -0.2], [0.7, 0.1], [-0.4, 0.9]])
PROGRAMS = [(predict_last, (seq,)),
            (loss, (cell.params['Wf'].copy(), seq, np.array([0.1, 0.2, 0.15, 0.3])))]
