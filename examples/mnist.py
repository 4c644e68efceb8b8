"""Train a network to read handwritten digits, and look at what it learned: python examples/mnist.py

It trains on 55,000 of MNIST's images, watches itself on 5,000 others, and is tested once, at the
end, on the 10,000 test images. It leaves a picture, mnist.png, and the network, mnist.npz.
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import common
import numpy as np
from mnist_picture import draw

from tinygrad_np import data, nn, optim
from tinygrad_np.nn.initializers import he_normal
from tinygrad_np.train import DivergenceError

DATA = Path(__file__).resolve().with_name("data") / "mnist"
CLASSES = 10
SMOOTHING = 0.1


def build_network(widths, rng):
    """Return a network that has a hidden layer of each width between its pixels and its classes."""
    layers = []
    for inputs, outputs in pairwise([784, *widths]):
        layers += [nn.Dense(inputs, outputs, rng, initializer=he_normal), nn.ReLU()]
    layers += [nn.Dense(widths[-1], CLASSES, rng, initializer=he_normal), nn.Softmax()]
    return nn.NeuralNetwork(layers)


def loss(labels, probabilities):
    """Cross-entropy with smoothed labels (Szegedy et al., 2016).

    The target of the right class is 0.91 instead of 1, and that of each other is 0.01. A network
    that is never asked to be certain reads about 0.2% more of the digits that it has not seen.
    What is subtracted is the least that this cross-entropy can be, so that 0 is perfect.
    """
    targets = (1 - SMOOTHING) * data.one_hot(labels, CLASSES) + np.float32(SMOOTHING / CLASSES)
    least = nn.categorical_crossentropy(targets, targets)
    return nn.categorical_crossentropy(targets, probabilities) - least


def gradient_descent(options, count):
    """Return the optimizer. Its learning rate falls to 0 along half a wave of the cosine."""
    steps = options.epochs * math.ceil(count / options.batch_size)

    def learning_rate(step):
        return options.lr * (1 + math.cos(math.pi * step / steps)) / 2

    return optim.SGD(learning_rate, momentum=0.9, nesterov=True, weight_decay=1e-4)


def main():
    options = read_arguments(__doc__, model="mnist.npz", picture="mnist.png")
    rng = np.random.default_rng(options.seed)
    train, validation, test = read_digits(options, rng)

    network = build_network(options.widths, rng)
    network.summary()
    history = network.fit(
        *train,
        epochs=options.epochs,
        batch_size=options.batch_size,
        loss=loss,
        optimizer=gradient_descent(options, len(train[0])),
        validation_data=validation,
        rng=rng,
    )
    if not history:
        raise SystemExit("there is nothing to show before the end of an epoch")

    network.save(options.model)
    loaded = build_network(options.widths, np.random.default_rng())
    loaded.load(options.model)
    probabilities = network.predict(test[0])
    if not np.array_equal(loaded.predict(test[0]), probabilities):
        raise SystemExit(f"{options.model} does not predict what the network does that it is from")

    report(options, history, len(train[0]), test, probabilities)


def report(options, history, count, test, probabilities):
    """Draw the picture, and print the test accuracy."""
    images, labels = test
    accuracy = np.mean(probabilities.argmax(axis=1) == labels)
    epochs = f"{len(history)} epoch{'s' * (len(history) != 1)}"
    units = " – ".join(map(str, [784, *options.widths, CLASSES]))
    draw(
        options.picture,
        {name: (history[name], history[f"validation_{name}"]) for name in ("loss", "accuracy")},
        images,
        labels,
        probabilities,
        f"{accuracy:.2%} of {len(labels):,} handwritten digits read correctly",
        f"a network of {units} units, after {epochs} on {count:,} other digits",
    )
    print(f"trained in {sum(history['seconds']):.1f} s")
    print(f"wrote {options.model} and {options.picture}")
    print(f"test accuracy {accuracy:.4f}")


def read_digits(options, rng):
    """Return (images, labels) to train on, to validate on, and to test on."""
    # Without the clone around this program, data.mnist() itself looks for the files, or gets them.
    folder = options.data or (DATA if DATA.is_dir() else None)
    try:
        (images, labels), test = data.mnist(folder)
    except (OSError, ValueError) as error:
        raise SystemExit(f"mnist: {error}") from None
    if options.quick:
        images, labels = images[:6000], labels[:6000]
    train, validation = data.train_validation_split(images, labels, 1 / 12, rng)
    counts = [len(labels) for _, labels in (train, validation, test)]
    print("{:,} digits to train on, {:,} to validate on, {:,} to test on".format(*counts))
    return train, validation, test


def read_arguments(documentation, model, picture):
    """Return the options that the command line gives; end the program if they make no sense."""
    parser = common.Options(documentation, picture, quick="6,000 images, 2 epochs")
    parser.add("--epochs", 12, "passes over the training images")
    parser.add("--batch-size", 128, "images in a step")
    numbers = {"type": common.positive(int), "nargs": "+", "metavar": "N"}
    parser.add("--widths", [512, 512], "of the hidden layers", **numbers)
    parser.add("--lr", 0.2, "learning rate at the start")
    parser.add_seed()
    parser.add_file("--model", model, "where to write the network")
    meaning = "MNIST's four files (examples/data/mnist, beside this program)"
    parser.add_argument("--data", help=meaning, type=Path, metavar="FOLDER")
    options = parser.parse_args()
    if options.quick:
        options.epochs = min(options.epochs, 2)
    return options


if __name__ == "__main__":
    try:
        main()
    except DivergenceError as error:
        raise SystemExit(f"mnist: {error}") from None
