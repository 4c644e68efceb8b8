"""Make up handwritten digits, with a variational autoencoder: python examples/vae_mnist.py

An image x is explained by a code z of 20 numbers. A priori they are independent normal numbers, and
a network, the decoder, makes of them the probability of ink in each pixel. To train it, one would
like to know which codes an image could come from. Another network, the encoder, guesses: a mean and
a variance of each number. Together they maximise a lower bound on the log likelihood of the images,
the ELBO (Kingma & Welling, 2014):

    log p(x)  ≥  E log p(x | z)  −  KL(q(z | x) ‖ p(z)),        z ~ q(z | x) = N(μ, σ²).

A random draw has no derivative; but written as z = μ + σ ε, with ε ~ N(0, 1) drawn apart, it has
one by μ and σ. The divergence of the normal distributions is ½ Σ (μ² + σ² − 1 − log σ²).

The grey value of a pixel counts as a probability of ink. So E log p(x | z) is an average over
black-and-white images, drawn from the grey ones, and the figure at the end bounds their log
likelihood: in nats an image, over the 10,000 test images, with one draw of z for each. It compares
with what is reported for MNIST binarised at random. No model can come above −45.5, the entropy of
that drawing; if pixels had nothing to do with one another, it would be −206.

By default it trains for two minutes or so and ends near −101. It leaves a picture, vae_mnist.png.
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import common
import numpy as np
from common import BLUE, GREY, INK
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator
from mnist import read_digits

from tinygrad_np import nn, optim, train
from tinygrad_np.train import DivergenceError

PIXELS = 784
SAMPLES = 12  # along a side of the square of digits that it makes up
PAPER = LinearSegmentedColormap.from_list("paper", ["white", INK])
PAIRS = ((1, 7), (4, 9), (6, 0), (3, 8), (5, 2))  # of digits, one of which becomes the other


class VAE(nn.Layer):
    """A variational autoencoder: image ↦ logit of ink in each pixel, from a code drawn at random.

    After the pixels, the last column of what it returns is the divergence of the code from normal
    random numbers.
    """

    def __init__(self, widths, latents, rng):
        self.encoder = perceptron([PIXELS, *widths, 2 * latents], rng)
        self.decoder = perceptron([latents, *reversed(widths), PIXELS], rng)
        self.rng = rng

    def __call__(self, images, training=False):
        mean, log_variance = self.encode(images)
        noise = self.rng.standard_normal(mean.shape, dtype=np.float32)
        logits = self.decoder(mean + np.exp(log_variance / 2) * noise)
        terms = mean**2 + np.exp(log_variance) - 1 - log_variance
        return np.concatenate([logits, np.sum(terms, axis=-1, keepdims=True) / 2], axis=-1)

    def encode(self, images):
        """Return the mean and the log variance of each number of the code."""
        return np.split(self.encoder(images), 2, axis=-1)

    def decode(self, codes):
        """Return the probability of ink in each pixel."""
        return nn.sigmoid(self.decoder(codes))


def perceptron(widths, rng):
    """Return dense layers between these widths, and a ReLU between any two of them."""
    layers = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Dense(inputs, outputs, rng), nn.ReLU()]
    return nn.NeuralNetwork(layers[:-1])


def negative_elbo(images, outputs):
    """Return what is to be minimised, in nats an image."""
    return PIXELS * nn.sigmoid_crossentropy(images, outputs[:, :-1]) + kl(images, outputs)


def kl(images, outputs):
    """Return the mean divergence, from the last column of the outputs."""
    return np.mean(outputs[:, -1])


def main():
    options = read_arguments()
    rng = np.random.default_rng(options.seed)
    (images, _), (validation, _), (test, labels) = read_digits(options, rng)

    model = VAE(options.widths, options.latents, rng)
    steps = options.epochs * math.ceil(len(images) / options.batch_size)
    history = train.fit(
        model,
        images,
        images,
        epochs=options.epochs,
        batch_size=options.batch_size,
        loss=negative_elbo,
        optimizer=optim.Adam(optim.cosine(options.lr, steps)),
        validation_data=(validation, validation),
        metrics=[kl],
        rng=rng,
    )
    if not history:
        raise SystemExit("there is nothing to show before the end of an epoch")

    measured = train.evaluate(model, test, test, loss=negative_elbo, metrics=[kl])
    elbo, divergence = -measured.loss, measured.metrics["kl"]
    codes = rng.standard_normal((SAMPLES**2, options.latents), dtype=np.float32)
    draw(options.picture, model, history, model.decode(codes), (test, labels), elbo)
    print(f"trained in {sum(history['seconds']):.1f} s")
    print(f"wrote {options.picture}")
    print(f"pixels {elbo + divergence:.2f}, code {-divergence:.2f} nats an image")
    print(f"without a code {independent_pixels(images, test):.2f} nats an image")
    print(f"test ELBO {elbo:.2f} nats an image")


def independent_pixels(images, test):
    """Return the log likelihood of test images if each pixel knows its mean, and nothing else."""
    mean = np.clip(images.mean(axis=0), 1e-4, 1 - 1e-4)
    logits = np.broadcast_to(np.log(mean / (1 - mean)), test.shape)
    return -PIXELS * nn.sigmoid_crossentropy(test, logits)


# The picture
# -----------


def draw(path, model, history, samples, test, elbo):
    """Write the picture: new digits, old ones reconstructed, digits between others, the ELBO."""
    images, labels = test
    count = model.decoder.layers[0].weights.shape[0]
    title = "Digits that nobody wrote"
    subtitle = (
        f"a variational autoencoder with {count} latent variables; "
        f"ELBO {elbo:.1f} nats on test images".replace("-", "−")
    )
    with common.picture(path, title, subtitle, size=(11, 7.6)) as figure:
        show(figure, (0.045, 0.035, 0.53, 0.78), samples, SAMPLES, "Made up, from random codes")

        some = images[[np.flatnonzero(labels == digit)[1] for digit in range(10)]]
        codes = model.encode(some)[0]
        kept = np.concatenate([some, model.decode(codes)])
        show(figure, (0.62, 0.7, 0.35, 0.115), kept, 10, "Test images, and what their codes keep")

        first, last = codes[np.transpose(PAIRS)][:, :, np.newaxis]
        share = np.linspace(0, 1, 10, dtype=np.float32)[:, np.newaxis]
        between = model.decode(first + share * (last - first)).reshape(-1, PIXELS)
        show(figure, (0.62, 0.375, 0.35, 0.25), between, 10, "On the way from one code to another")

        draw_curves(figure.add_axes((0.66, 0.08, 0.31, 0.2)), history)


def show(figure, place, images, columns, title):
    """Show images in rows of so many, ink on white, within (left, bottom, width, height)."""
    rows = images.reshape(-1, columns, 28, 28).swapaxes(1, 2).reshape(-1, columns * 28)
    axes = figure.add_axes(place)
    axes.imshow(rows, cmap=PAPER, vmin=0, vmax=1, interpolation="antialiased")
    axes.set(title=title, xticks=[], yticks=[], frame_on=False, anchor="NW")


def draw_curves(axes, history):
    """Draw a curve for the training and one for the validation."""
    epochs = np.arange(1, len(history) + 1)
    for name, prefix, colour in (("training", "", GREY), ("validation", "validation_", BLUE)):
        elbo = np.negative(history[f"{prefix}loss"])
        axes.plot(epochs, elbo, "o-", markevery=[-1], markersize=5, label=name, color=colour)
    axes.set(title="ELBO, nats an image", xlabel="epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="lower right", labelcolor="linecolor")


def read_arguments():
    """Return the options that the command line gives; end the program if they make no sense."""
    parser = common.Options(__doc__, "vae_mnist.png", quick="6,000 images, 4 epochs")
    parser.add("--epochs", 20, "passes over the training images")
    parser.add("--batch-size", 128, "images in a step")
    numbers = {"type": common.positive(int), "nargs": "+", "metavar": "N"}
    parser.add("--widths", [512, 256], "of the hidden layers of the encoder", **numbers)
    parser.add("--latents", 20, "numbers in a code")
    parser.add("--lr", 0.002, "learning rate at the start")
    parser.add_seed()
    meaning = "MNIST's four files (examples/data/mnist, beside this program)"
    parser.add_argument("--data", help=meaning, type=Path, metavar="FOLDER")
    options = parser.parse_args()
    if options.quick:
        options.epochs = min(options.epochs, 4)
    return options


if __name__ == "__main__":
    try:
        main()
    except DivergenceError as error:
        raise SystemExit(f"vae_mnist: {error}") from None
