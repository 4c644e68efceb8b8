"""A curve with error bars, from an ensemble of networks: python examples/regression_uncertainty.py

A prediction can be uncertain for two reasons. The data are noisy (*aleatoric* uncertainty), and
more of them would not help; or there are none near by (*epistemic* uncertainty), and more would.
Here the noise grows from left to right, and data are missing in the middle.

For the noise, a network predicts two numbers for each x, the mean μ and the log variance s of a
normal distribution, and is trained to make the data likely. It minimises the mean of

    ½ (log 2π + s + (y − μ)² e⁻ˢ).

For what is not known, there are ten networks, each with its own start (Lakshminarayanan et al.,
2017) and its own random function, which is added to its mean (Osband et al., 2018). They agree
where data make them, and differ elsewhere. Together they say

    Var y  =  mean of eˢ  +  variance of μ,        aleatoric and epistemic.

The functions below are written for one network. `vmap` of the gradient trains all of them at once;
Adam, which steps each number by itself, need not know that its arrays hold ten.

The same networks, fitted by least squares with one noise for all x, show what this is good for: of
the points to the left, where there is little noise, their 68% band holds all. The program counts
this for points that it held out, takes some seconds, and leaves a picture,
regression_uncertainty.png.
"""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple

import common
import numpy as np
from common import BLUE, GREY, INK, RED
from matplotlib.ticker import PercentFormatter

import tinygrad_np as tg
from tinygrad_np import nn, optim

ENDS, GAP = (-3.0, 3.0), (-1.2, 0.2)
WIDTHS = (1, 32, 32, 2)
HELD_OUT = 4000


# The truth
# ---------


def curve(x):
    return np.sin(2 * x) + 0.4 * x


def noise(x):
    """Return the standard deviation at each x."""
    return 0.06 + 0.4 / (1 + np.exp(1.4 - 2 * x))


def outside_gap(rng, count):
    """Return so many x, anywhere between the ends but not in the gap."""
    x = rng.uniform(ENDS[0], ENDS[1] - (GAP[1] - GAP[0]), count)
    return np.where(x < GAP[0], x, x + GAP[1] - GAP[0])


def observe(rng, x):
    return rng.normal(curve(x), noise(x))


# One network
# -----------


def initial_params(rng, members):
    """Return the (weights, bias) of each layer; the first axis counts the networks."""
    params = []
    for inputs, outputs in pairwise(WIDTHS):
        weights = rng.normal(scale=inputs**-0.5, size=(members, inputs, outputs))
        params.append((weights, np.zeros((members, outputs))))
    # Places to bend all over the data, instead of all at x = 0.
    weights, bias = params[0]
    bias += weights[:, 0] * rng.uniform(*ENDS, bias.shape)
    return params


def network(params, x):
    *hidden, output = params
    x = x[:, np.newaxis]
    for layer in hidden:
        x = np.tanh(nn.dense(x, *layer))
    return nn.dense(x, *output)


def predict(params, prior, x):
    """Return the mean and the log variance at each x; the prior is a network that never learns."""
    mean, log_variance = network(params, x).T
    # Rougher than what training adds: that undoes it at the data, and not between them.
    return mean + 2 * network(prior, 2 * x)[:, 0], log_variance


def negative_log_likelihood(params, prior, x, y):
    mean, log_variance = predict(params, prior, x)
    squares = (y - mean) ** 2 * np.exp(-log_variance)
    return np.mean(math.log(2 * math.pi) + log_variance + squares) / 2


def squared_error(params, prior, x, y):
    return nn.mse(y, predict(params, prior, x)[0])


# All of them
# -----------


class Prediction(NamedTuple):
    """What an ensemble says of each x: the mean, and the two parts of the variance."""

    mean: np.ndarray
    aleatoric: np.ndarray
    epistemic: np.ndarray

    @property
    def deviation(self):
        return np.sqrt(self.aleatoric + self.epistemic)

    def log_likelihood(self, y):
        """Return the logarithm of the density at each y."""
        z = (y - self.mean) / self.deviation
        return -(z**2) / 2 - np.log(self.deviation) - math.log(2 * math.pi) / 2

    def coverage(self, y, level):
        """Return the share of the y that are in the band that should hold the share `level`."""
        return np.mean(np.abs(y - self.mean) < half_width(level) * self.deviation)


def half_width(level):
    """Return in how many standard deviations around the mean this share of a normal lies."""
    return NormalDist().inv_cdf((1 + level) / 2)


class Ensemble(NamedTuple):
    """Trained networks; of those that predict no variance, the one that they were given."""

    params: list
    prior: list
    variance: float | None = None

    def __call__(self, x):
        means, log_variances = tg.vmap(predict, in_axes=(0, 0, None))(self.params, self.prior, x)
        aleatoric = np.mean(np.exp(log_variances), axis=0)
        if self.variance is not None:
            aleatoric = np.full(x.shape, self.variance)
        return Prediction(np.mean(means, axis=0), aleatoric, np.var(means, axis=0))


def fit(loss, params, prior, points, steps, title):
    """Return an ensemble that makes the loss of each of its networks small."""
    # Of each network its own loss and gradient, for the same points.
    value_and_grad = tg.vmap(tg.value_and_grad(loss), in_axes=(0, 0, None, None))
    optimizer = optim.Adam(optim.cosine(0.01, steps))
    state = optimizer.init(params)
    for _ in common.progress(steps, title):
        _, gradients = value_and_grad(params, prior, *points)
        params, state = optimizer.update(gradients, state, params)
    return Ensemble(params, prior)


def main():
    options = read_arguments()
    rng = np.random.default_rng(options.seed)
    x = outside_gap(rng, options.points)
    points = x, observe(rng, x)

    params, prior = initial_params(rng, options.members), initial_params(rng, options.members)
    learned = fit(negative_log_likelihood, params, prior, points, options.steps, "likelihood")
    constant = fit(squared_error, params, prior, points, options.steps, "least squares")
    residuals = points[1] - constant(x).mean
    constant = constant._replace(variance=np.mean(residuals**2))

    test = held_out(rng)
    report(learned, constant, test)
    draw(options.picture, learned, constant, points, test)
    print(f"wrote {options.picture}")
    ours, theirs, best = (likelihood(ensemble, test) for ensemble in (learned, constant, truth))
    print(f"log likelihood {ours:.3f}, of the truth {best:.3f}, with one noise {theirs:.3f}")


def held_out(rng):
    """Return points that the networks have not seen, by where they are."""
    x = outside_gap(rng, HELD_OUT)
    places = {
        "left of the gap": x[x < GAP[0]],
        "right of the gap": x[x > GAP[1]],
        "in the gap": rng.uniform(*GAP, HELD_OUT),
    }
    return {place: (x, observe(rng, x)) for place, x in places.items()}


def truth(x):
    return Prediction(curve(x), noise(x) ** 2, np.zeros(len(x)))


def likelihood(ensemble, test):
    """Return the mean log likelihood of the held-out points on both sides of the gap."""
    x, y = np.hstack([test["left of the gap"], test["right of the gap"]])
    return np.mean(ensemble(x).log_likelihood(y))


def report(learned, constant, test):
    """Print how likely the held-out points are, and how many are within the bands."""
    print(f"{'held-out points':<42}log likelihood   in 68% band   in 95% band")
    for name, ensemble in (("noise learned", learned), ("one noise", constant)):
        for place, (x, y) in test.items():
            print_row(f"{name}, {place}", ensemble(x), y)
    x, y = test["in the gap"]
    print_row("noise learned, in the gap, nothing else", learned(x)._replace(epistemic=0), y)


def print_row(name, prediction, y):
    likelihood = np.mean(prediction.log_likelihood(y))
    shares = [prediction.coverage(y, level) for level in (0.68, 0.95)]
    print(f"{name:<42}{likelihood:>14.2f}", *(f"{share:>13.1%}" for share in shares))


# The picture
# -----------


def draw(path, learned, constant, points, test):
    """Write the picture: the curve with its bands, the two uncertainties, and the calibration."""
    title = "A curve with error bars"
    members = len(learned.prior[0][0])
    subtitle = f"{members} networks, trained at once; they learn the noise, and differ in the gap"
    x = np.linspace(ENDS[0] - 0.4, ENDS[1] + 0.4, 400)
    with common.picture(path, title, subtitle, size=(11, 7.8)) as figure:
        draw_curve(figure.add_axes((0.05, 0.43, 0.92, 0.42)), x, learned(x), points)
        draw_deviations(figure.add_axes((0.05, 0.085, 0.5, 0.255)), x, learned(x))
        draw_calibration(figure.add_axes((0.655, 0.085, 0.315, 0.255)), learned, constant, test)


def draw_curve(axes, x, prediction, points):
    width = half_width(0.95)
    for label, deviation, colour, opacity in (
        ("95% band of the data", prediction.deviation, BLUE, 0.16),
        ("95% band of the curve", np.sqrt(prediction.epistemic), RED, 0.35),
    ):
        band = prediction.mean - width * deviation, prediction.mean + width * deviation
        axes.fill_between(x, *band, color=colour, alpha=opacity, linewidth=0, label=label)
    axes.plot(*points, "o", color=GREY, markersize=2.5, alpha=0.7, label="data")
    axes.plot(x, curve(x), "--", color=INK, linewidth=1.5, label="truth")
    axes.plot(x, prediction.mean, color=BLUE, label="mean of the networks")
    axes.set_xlim(x[[0, -1]])
    axes.text(np.mean(GAP), axes.get_ylim()[0], "no data here\n", color=GREY, ha="center")
    axes.legend(loc="upper left")


def draw_deviations(axes, x, prediction):
    axes.plot(x, noise(x), "--", color=INK, linewidth=1.5, label="true noise")
    axes.plot(x, np.sqrt(prediction.aleatoric), color=BLUE, label="aleatoric: the noise, learned")
    axes.plot(x, np.sqrt(prediction.epistemic), color=RED, label="epistemic: the networks differ")
    axes.set(title="Both uncertainties, as standard deviations", xlim=x[[0, -1]], ylim=(0, None))
    axes.legend(loc="upper left")


def draw_calibration(axes, learned, constant, test):
    """Draw how many of the held-out points a band should hold, and how many it does."""
    axes.plot([0, 1], [0, 1], "--", color=INK, linewidth=1)
    levels = np.linspace(0, 1, 51)[1:-1]
    for name, ensemble, colour in (("one noise", constant, GREY), ("noise learned", learned, BLUE)):
        for place in ("left of the gap", "right of the gap"):
            x, y = test[place]
            prediction = ensemble(x)
            shares = [prediction.coverage(y, level) for level in levels]
            axes.plot(levels, shares, color=colour, label=name)
            name = None  # once in the legend
    axes.set(title="Calibration, on both sides", xlabel="points claimed to be in the band")
    axes.set(ylabel="points in the band", xlim=(0, 1), ylim=(0, 1.03))
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.legend(loc="lower right", labelcolor="linecolor")


def read_arguments():
    """Return the options that the command line gives; end the program if they make no sense."""
    parser = common.Options(__doc__, "regression_uncertainty.png", quick="5 networks, 200 steps")
    parser.add("--members", 10, "networks in an ensemble")
    parser.add("--points", 400, "to learn from")
    parser.add("--steps", 600, "of training")
    parser.add_seed()
    options = parser.parse_args()
    if options.members == 1:
        parser.error("--members 1: a single network cannot disagree")
    if options.quick:
        options.members, options.steps = min(options.members, 5), min(options.steps, 200)
    return options


if __name__ == "__main__":
    main()
