"""Train a network to read handwritten digits, and look at what it learned: python examples/mnist.py

It trains on 55,000 of MNIST's images, watches itself on 5,000 others, and is tested once, at the
end, on the 10,000 test images. It leaves a picture, mnist.png, and the network, mnist.npz.
"""

from __future__ import annotations

import argparse
import math
from itertools import pairwise
from pathlib import Path

import numpy as np

from tinygrad_np import data, nn, optim
from tinygrad_np.nn.initializers import he_normal
from tinygrad_np.train import DivergenceError

try:
    from mnist_picture import FORMATS, draw
except ModuleNotFoundError as error:
    raise SystemExit(f'{error.name} is not installed: pip install -e ".[examples]"') from None

DATA = Path(__file__).resolve().parent / "data" / "mnist"
CLASSES = 10
SMOOTHING = 0.05


def build_network(widths, rng):
    """Return a network that has a hidden layer of each width between its pixels and its classes."""
    layers = []
    for inputs, outputs in pairwise([784, *widths]):
        layers += [nn.Dense(inputs, outputs, rng, initializer=he_normal), nn.ReLU()]
    layers += [nn.Dense(widths[-1], CLASSES, rng, initializer=he_normal), nn.Softmax()]
    return nn.NeuralNetwork(layers)


def loss(labels, probabilities):
    """Cross-entropy with smoothed labels (Szegedy et al., 2016).

    The target for the right class is 0.955 instead of 1, and 0.005 for each other. A network that
    is never asked to be certain reads about 0.2% more of the digits that it has not seen.
    """
    targets = (1 - SMOOTHING) * data.one_hot(labels, CLASSES) + np.float32(SMOOTHING / CLASSES)
    return nn.categorical_crossentropy(targets, probabilities)


def gradient_descent(options, count):
    """Return the optimizer. Its learning rate falls to 0 along half a wave of the cosine."""
    steps = options.epochs * math.ceil(count / options.batch_size)

    def learning_rate(step):
        return options.lr * (1 + math.cos(math.pi * step / steps)) / 2

    return optim.SGD(learning_rate, momentum=0.9, nesterov=True, weight_decay=2e-4)


def main():
    options = read_arguments(__doc__.partition(":")[0], model="mnist.npz", picture="mnist.png")
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
    units = " – ".join(map(str, [784, *options.widths, CLASSES]))
    draw(
        options.picture,
        {name: (history[name], history[f"validation_{name}"]) for name in ("loss", "accuracy")},
        images,
        labels,
        probabilities,
        f"{accuracy:.2%} of {len(labels):,} handwritten digits read correctly",
        f"a network of {units} units, after {len(history)} epochs on {count:,} other digits",
    )
    print(f"trained in {sum(history['seconds']):.1f} s")
    print(f"wrote {options.model} and {options.picture}")
    print(f"test accuracy {accuracy:.4f}")


def read_digits(options, rng):
    """Return (images, labels) to train on, to validate on, and to test on."""
    try:
        (images, labels), test = data.mnist(options.data)
    except (OSError, ValueError) as error:
        raise SystemExit(f"mnist: {error}") from None
    if options.quick:
        images, labels = images[:6000], labels[:6000]
    train, validation = data.train_validation_split(images, labels, 1 / 12, rng)
    return train, validation, test


def read_arguments(description, model, picture):
    """Return the options that the command line gives; end the program if they make no sense."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--epochs", type=positive(int), default=12, help="passes over the training images")
    add("--batch-size", type=positive(int), default=128, help="images in a step")
    add("--widths", type=positive(int), nargs="+", default=[512, 512], help="of the hidden layers")
    add("--lr", type=positive(float), default=0.1, help="learning rate at the start")
    add("--seed", type=not_negative, default=0, help="of every random number")
    add("--data", type=Path, default=DATA if DATA.is_dir() else None, help="MNIST's four files")
    add("--model", type=Path, default=Path(model), help="where to write the network")
    add("--picture", type=Path, default=Path(picture), help="where to write the picture")
    add("--quick", action="store_true", help="a look in seconds: 6,000 images, 2 epochs")
    options = parser.parse_args()

    # What would fail after training fails before it.
    for name, path in (("--model", options.model), ("--picture", options.picture)):
        if not path.parent.is_dir():
            parser.error(f"{name} {path}: there is no folder {path.parent}")
        if path.is_dir():
            parser.error(f"{name} {path}: this is a folder; give a file")
    if options.picture.suffix not in FORMATS:
        parser.error(f"--picture {options.picture}: the name ends in {', '.join(FORMATS)}")
    if options.quick:
        options.epochs = min(options.epochs, 2)
    return options


def positive(kind):
    def parse(text):
        number = kind(text)
        if not 0 < number < math.inf:
            raise argparse.ArgumentTypeError(f"{text} is not a positive number")
        return number

    parse.__name__ = kind.__name__  # argparse names it where the text is no number at all
    return parse


def not_negative(text):
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return number


not_negative.__name__ = "int"


if __name__ == "__main__":
    try:
        main()
    except DivergenceError as error:
        raise SystemExit(f"mnist: {error}") from None
