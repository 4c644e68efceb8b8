"""The picture that mnist.py leaves behind: how it learned, what it confuses, its worst mistakes."""

from __future__ import annotations

import numpy as np
from common import BLUE, GREY, INK, LIGHT, RED, picture
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

TRAINING, VALIDATION = "#8a96a3", BLUE
WRONG, RIGHT = RED, "#eef1f4"
MISTAKES = LinearSegmentedColormap.from_list("mistakes", ["#ffffff", "#fbd9d3", "#ef8a7c", WRONG])
LEFT = 0.04  # the margin
WORST = 18  # in two rows of nine


def draw(path, curves, images, labels, probabilities, title, subtitle):
    """Write the picture to `path`.

    Parameters
    ----------
    path : str or Path
        A file that ends in .png, .svg or .pdf.
    curves : dict
        "loss" and "accuracy", each a pair of lists, one number an epoch: training, validation.
    images : array, shape (n, 784)
        Test images.
    labels : integer array, shape (n,)
        What they are.
    probabilities : array, shape (n, 10)
        What the network thinks.
    title, subtitle : str
        The two lines at the top.
    """
    with picture(path, title, subtitle, size=(12, 11.4)) as figure:
        heading(figure, LEFT, 0.897, "Loss")
        axes = figure.add_axes((0.08, 0.695, 0.285, 0.18))
        draw_curves(axes, *curves["loss"], "{:.3f}".format, bottom=0)
        heading(figure, LEFT, 0.641, "Accuracy")
        axes = figure.add_axes((0.08, 0.439, 0.285, 0.18))
        draw_curves(axes, *curves["accuracy"], "{:.2%}".format)
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g}%")
        axes.set_xlabel("epoch")
        heading(figure, 0.5, 0.897, "What it reads")
        axes = figure.add_axes((0.5, 0.391, 0.46, 0.484))
        draw_confusions(axes, labels, probabilities)
        remark = "wrong, and sure of it; in brackets, the chance that it gave the truth"
        heading(figure, LEFT, 0.319, "Its worst mistakes", remark)
        draw_mistakes(figure, images, labels, probabilities)


def heading(figure, left, height, text, remark=""):
    written = figure.text(left, height, text, fontsize=13, fontweight="bold", va="center")
    end = written.get_window_extent().transformed(figure.transFigure.inverted()).x1
    figure.text(end + 0.012, height, remark, fontsize=11, color=GREY, va="center")


def draw_curves(axes, training, validation, written, bottom=None):
    """Draw a curve for the training and one for the validation, each with its name at its end."""
    epochs = np.arange(1, len(training) + 1)
    axes.spines[["left"]].set_visible(False)
    axes.grid(visible=False, axis="x")
    axes.tick_params(length=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    for values, colour in ((training, TRAINING), (validation, VALIDATION)):
        axes.plot(epochs, values, color=colour, linewidth=2, solid_capstyle="round")
        axes.plot(epochs[-1], values[-1], "o", color=colour, markersize=5)
    axes.set_ylim(bottom)
    # The names stand at the ends of their curves, and not on each other.
    low, high = axes.get_ylim()
    gap = 0.17 * (high - low)
    middle = (training[-1] + validation[-1]) / 2
    apart = max(gap, abs(training[-1] - validation[-1])) / 2
    up = 1 if training[-1] > validation[-1] else -1
    middle = min(max(middle, low + gap / 2 + apart), high - apart)
    for label, value, place, colour in (
        ("training", training[-1], middle + up * apart, TRAINING),
        ("validation", validation[-1], middle - up * apart, VALIDATION),
    ):
        axes.annotate(
            f"{label}\n{written(value)}",
            (1.03, place),
            xycoords=("axes fraction", "data"),
            color=colour,
            fontsize=9.5,
            va="center",
            linespacing=1.25,
            annotation_clip=False,
        )


def draw_confusions(axes, labels, probabilities):
    """Draw how often each digit was read as each: the right ones grey, the mistakes red."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, probabilities.argmax(axis=1)), 1)
    mistakes = np.where(np.eye(10, dtype=bool), 0, counts)
    axes.imshow(mistakes, cmap=MISTAKES, vmin=0, vmax=max(1, mistakes.max()) * 1.15)
    for row in range(10):
        for column in range(10):
            right = row == column
            if right:
                axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=RIGHT))
            count = counts[row, column]
            axes.text(
                column, row, count if count else "·",
                ha="center", va="center", fontsize=10,
                fontweight="bold" if count and not right else "normal",
                color=GREY if right else INK if count else "#c3cad1",
            )  # fmt: skip
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    axes.set_xticks(np.arange(9) + 0.5, minor=True)
    axes.set_yticks(np.arange(9) + 0.5, minor=True)
    axes.grid(visible=False)
    axes.grid(which="minor", color=LIGHT, linewidth=0.8)
    axes.tick_params(which="both", length=0)
    axes.tick_params(labelsize=11, labelcolor=INK)
    axes.set_xlabel("read as", fontsize=11)
    axes.set_ylabel("the digit", fontsize=11)


def draw_mistakes(figure, images, labels, probabilities):
    """Draw the images that were read wrongly with the greatest certainty."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    certainty = probabilities[wrong, predicted[wrong]]
    worst = wrong[np.argsort(-certainty, kind="stable")[:WORST]]
    for place, index in enumerate(worst):
        row, column = divmod(place, WORST // 2)
        axes = figure.add_axes((LEFT + 0.1031 * column, 0.199 - 0.152 * row, 0.0952, 0.1))
        axes.imshow(1 - images[index].reshape(28, 28), cmap="gray", vmin=0, vmax=1)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(True)
        read, truth = predicted[index], labels[index]
        for height, text, colour in (
            (-0.11, f"“{read}”, {probabilities[index, read]:.0%} sure", WRONG),
            (-0.27, f"it is {truth} ({probabilities[index, truth]:.1%})", INK),
        ):
            axes.text(
                0.5, height, text, color=colour, fontsize=9,
                ha="center", va="center", transform=axes.transAxes,
            )  # fmt: skip
