import numpy as np


class MSE:
    def forward(self, pred, target):
        self._diff = pred - target
        return np.mean(self._diff ** 2)

    def backward(self):
        return 2 * self._diff / self._diff.size


class SoftmaxCrossEntropy:
    def forward(self, logits, labels):
        shifted = logits - logits.max(axis=1, keepdims=True)
        e = np.exp(shifted)
        self.probs = e / e.sum(axis=1, keepdims=True)
        self.labels = labels
        n = logits.shape[0]
        return -np.log(self.probs[np.arange(n), labels]).mean()

    def backward(self):
        n = len(self.labels)
        g = self.probs.copy()
        g[np.arange(n), self.labels] -= 1
        return g / n
