"""The picture that mnist_cnn.py leaves behind: how it learned, what it sees, all its mistakes."""

from __future__ import annotations

import numpy as np
from common import BLUE, GREY, INK, RED, picture
from matplotlib.ticker import MaxNLocator

WIDTH, MARGIN = 10, 0.5  # inches
ACROSS, DOWN = 14, 4  # the most mistakes that there is room for
ROW = 0.9
FOLLOWED = 61  # an 8, which has strokes in all directions


def draw(path, network, history, count, copies, test, labels, probabilities):
    """Write the picture to `path`.

    Parameters
    ----------
    path : str or Path
        A file that ends in .png, .svg or .pdf.
    network : NeuralNetwork
        The trained network.
    history : History
        What `fit` returned.
    count : int
        How many images the network was trained on.
    copies : list of arrays, shape (28, 28, 1)
        An image, and some of what was made of it in the training.
    test : array, shape (n, 28, 28, 1)
        Other images.
    labels : integer array, shape (n,)
        What these are.
    probabilities : array, shape (n, 10)
        What the network takes them for.
    """
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    accuracy = 1 - len(wrong) / len(labels)
    rows = min(-(-len(wrong) // ACROSS), DOWN)
    size = WIDTH, 6.4 + ROW * max(rows, 1)
    title = f"{accuracy:.2%} of {len(labels):,} handwritten digits read correctly"
    epochs = f"{len(history)} epoch{'s' * (len(history) != 1)}"
    subtitle = f"a convolutional network, after {epochs} on {count:,} other digits"
    with picture(path, title, subtitle, size) as figure:
        heading(figure, MARGIN, 1.35, "Never the same image twice")
        draw_copies(figure, copies)
        heading(figure, 5.6, 1.35, "Training digits misread")
        draw_curve(place(figure, 6.1, 1.6, 3.4, 1.35), history)
        heading(figure, MARGIN, 3.55, "A digit on its way through the network")
        draw_way(figure, network, test[FOLLOWED], probabilities[FOLLOWED])
        shown = "All its mistakes" if len(wrong) <= ACROSS * DOWN else "Its worst mistakes"
        heading(figure, MARGIN, 6.05, f"{shown}: the digit, and what it read")
        certainty = probabilities[wrong].max(axis=1)
        worst = wrong[np.argsort(-certainty, kind="stable")[: ACROSS * DOWN]]
        draw_mistakes(figure, test[worst], labels[worst], probabilities[worst].argmax(axis=1))


def place(figure, left, top, width, height):
    """Make axes of a size, at a distance from the left and from the top, in inches."""
    across, down = figure.get_size_inches()
    bottom = down - top - height
    return figure.add_axes((left / across, bottom / down, width / across, height / down))


def heading(figure, left, top, text):
    across, down = figure.get_size_inches()
    figure.text(left / across, 1 - top / down, text, fontsize=13, fontweight="bold", va="center")


def remark(axes, text):
    """Write a line under what axes show."""
    axes.set_title(text, y=-0.17, pad=0, fontsize=10, fontweight="normal", color=GREY)


def show(axes, image, colours="gray_r", least=0):
    """Show an image, whose numbers are at most 1."""
    axes.imshow(image, cmap=colours, vmin=least, vmax=1, interpolation="nearest")
    axes.set(xticks=[], yticks=[], frame_on=False)


def mosaic(channels):
    """Lay channels (height, width, n) out in a square, each up to 1, with a gap between them."""
    height, width, count = channels.shape
    side = round(count**0.5)
    tiles = np.full((side, height + 1, side, width + 1), np.nan)
    largest = np.abs(channels).max(axis=(0, 1))
    channels = channels / np.maximum(largest, np.finfo(channels.dtype).tiny)
    tiles[:, :height, :, :width] = channels.reshape(height, width, side, side).transpose(2, 0, 3, 1)
    return tiles.reshape(side * (height + 1), -1)[:-1, :-1]


def draw_copies(figure, copies):
    """Draw an image of the training, and some of what it is made into, in two rows of six."""
    for number, image in enumerate(copies):
        row, column = divmod(number, 6)
        axes = place(figure, MARGIN + 0.75 * column, 1.6 + 0.75 * row, 0.7, 0.7)
        show(axes, image[..., 0])
        axes.set_frame_on(True)
        axes.spines[:].set(visible=True, color=BLUE if number == 0 else "#cfd6dc")


def draw_curve(axes, history):
    """Draw which share of the images, warped as they are, was misread in each epoch."""
    shares = 1 - np.array(history["accuracy"])
    epochs = np.arange(1, len(shares) + 1)
    axes.semilogy(epochs, shares, "o-", color=BLUE, markersize=4)
    axes.minorticks_off()
    ticks = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005]
    axes.set_yticks([tick for tick in ticks if shares.min() < tick < 1.2 * shares.max()])
    axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.annotate(
        f"{shares[-1]:.2%}", (epochs[-1], shares[-1]), (0, 7), textcoords="offset points",
        color=BLUE, fontweight="bold", ha="center",
    )  # fmt: skip


def draw_way(figure, network, image, probabilities):
    """Draw an image, the kernels of the first layer, what layers make of it, and the outcome."""
    first, *layers = network.layers
    maps, x = [], first(image[np.newaxis])
    for layer in layers:
        x = layer(x)
        if type(layer).__name__ == "ReLU":
            maps.append(x[0])
    for column, (title, values, colours, least) in enumerate(
        [
            ("28 × 28 pixels", image[..., 0], "gray_r", 0),
            ("16 kernels of 5 × 5", mosaic(first.kernel[:, :, 0]), "RdBu_r", -1),
            ("their maps, pooled", mosaic(maps[0]), "Blues", 0),
            ("64 maps of the next", mosaic(maps[1]), "Blues", 0),
        ]
    ):
        axes = place(figure, MARGIN + 1.88 * column, 3.8, 1.6, 1.6)
        show(axes, values, colours, least)
        remark(axes, title)
    axes = place(figure, MARGIN + 1.88 * 4 + 0.15, 3.8, 1.3, 1.6)
    likeliest = probabilities.argmax()
    colours = [BLUE if digit == likeliest else GREY for digit in range(10)]
    axes.barh(range(10), probabilities, color=colours)
    axes.set(xlim=(0, 1), xticks=[], yticks=range(10), ylim=(9.5, -0.5))
    axes.spines["bottom"].set_visible(False)
    axes.grid(visible=False)
    axes.tick_params(length=0, labelcolor=INK)
    remark(axes, "10 probabilities")


def draw_mistakes(figure, images, labels, predicted):
    """Draw images, and under each what it is, and what it was read as."""
    for number, (image, label, read) in enumerate(zip(images, labels, predicted, strict=True)):
        row, column = divmod(number, ACROSS)
        step = (WIDTH - 2 * MARGIN + 0.06) / ACROSS
        axes = place(figure, MARGIN + step * column, 6.3 + ROW * row, step - 0.06, step - 0.06)
        show(axes, image[..., 0])
        axes.set_frame_on(True)
        axes.spines[:].set(visible=True, color="#cfd6dc")
        for left, text, colour in ((0.22, label, INK), (0.5, "→", GREY), (0.78, read, RED)):
            axes.text(
                left, -0.2, text, color=colour, ha="center", va="center", transform=axes.transAxes
            )
