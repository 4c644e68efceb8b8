"""Train the network of mnist.py with functions alone: python examples/mnist_functional.py

A model is a function of its parameters, and its parameters are a dict of arrays. There are no
layers here, and the training loop is in plain sight. What is left, the command line, the digits,
the loss and the picture, comes from mnist.py. From the same seed, both end with the same
parameters, to the last bit.
"""

from __future__ import annotations

from itertools import pairwise
from time import perf_counter

import common
import numpy as np
from mnist import CLASSES, gradient_descent, loss, read_arguments, read_digits, report

import tinygrad_np as tg
from tinygrad_np import data, nn, train
from tinygrad_np.nn.initializers import he_normal


def initial_params(widths, rng):
    """Return {"layer 1": {"weights": …, "bias": …}, …}, a layer between any two widths."""
    return {
        f"layer {number}": {
            "weights": he_normal(rng, (inputs, outputs)),
            "bias": np.zeros(outputs, np.float32),
        }
        for number, (inputs, outputs) in enumerate(pairwise([784, *widths, CLASSES]), start=1)
    }


def predict(params, images):
    """Return the probability of each class for each image, of shape (n, 10)."""
    *hidden, output = params.values()
    x = images
    for layer in hidden:
        x = nn.relu(x @ layer["weights"] + layer["bias"])
    return nn.softmax(x @ output["weights"] + output["bias"])


def mean_loss(params, images, labels):
    """Return the loss, and beside it the share of the images that are read correctly."""
    probabilities = predict(params, images)
    return loss(labels, probabilities), accuracy(labels, probabilities)


def accuracy(labels, probabilities):
    return (probabilities.argmax(axis=1) == labels).mean()


def fit(params, digits, validation, options, rng):
    """Return trained parameters, and the history of the training."""
    gradient = tg.value_and_grad(mean_loss, has_aux=True)
    optimizer = gradient_descent(options, len(digits[0]))
    state = optimizer.init(params)
    history = train.History()
    for epoch in range(1, options.epochs + 1):
        began = perf_counter()
        batches = data.batches(*digits, options.batch_size, rng)
        measured = []
        for images, labels in common.progress(batches, f"epoch {epoch}"):
            means, grads = gradient(params, images, labels)
            params, state = optimizer.update(grads, state, params)
            measured.append((*means, len(labels)))
        losses, accuracies, sizes = np.transpose(measured)
        validation_loss, validation_accuracy = mean_loss(params, *validation)
        history.append(
            {
                "loss": np.average(losses, weights=sizes),
                "accuracy": np.average(accuracies, weights=sizes),
                "validation_loss": validation_loss,
                "validation_accuracy": validation_accuracy,
                "seconds": perf_counter() - began,
            }
        )
        print(f"epoch {epoch}:", *(f"{name} {history[name][-1]:.4f}" for name in history))
    return params, history


def main():
    options = read_arguments(__doc__, "mnist_functional.npz", "mnist_functional.png")
    rng = np.random.default_rng(options.seed)
    digits, validation, test = read_digits(options, rng)
    params = initial_params(options.widths, rng)
    params, history = fit(params, digits, validation, options, rng)

    train.save(options.model, params)
    report(options, history, len(digits[0]), test, predict(params, test[0]))


if __name__ == "__main__":
    main()
