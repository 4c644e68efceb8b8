"""Differentiate an equilibrium without recording how it was found: python examples/fixed_point.py

An answer is often the point at which an iteration comes to rest: x* = f(x*, a). To differentiate it
by a, one can record every turn of the iteration, and sweep back through all of them. That costs
memory for each turn, and there is no need. Differentiate both sides instead,

    dx* = ∂f/∂x dx* + ∂f/∂a da,        so        dx* = (I − ∂f/∂x)⁻¹ ∂f/∂a da,

and only the end of the iteration appears (the implicit function theorem). Backward, a cotangent g
of x* becomes the cotangent (∂f/∂a)ᵀ u of a, where (I − ∂f/∂x)ᵀ u = g: one linear system, whatever
number of turns it took to get there.

Here x* are the temperatures of a plate: twelve heaters warm it, heat flows between its cells, and
each cell radiates as the fourth power of its temperature, beside a window more than elsewhere. How
strong must each heater be for the plate to be evenly warm? The program compares the gradient with
finite differences and with that of the recorded iteration, follows it downhill, and leaves a
picture, fixed_point.png.
"""

from __future__ import annotations

import math
import tracemalloc
from time import perf_counter

import common
import numpy as np
from common import BLUE, INK, RED

import tinygrad_np as tg
from tinygrad_np import optim

TOLERANCE = 1e-13
MOST_TURNS = 100_000


# The fixed point of any function
# -------------------------------


def iterate(f, a, start):
    """Return x* = f(x*, a), and the number of turns that it took."""
    x = start
    for turn in range(1, MOST_TURNS + 1):
        before, x = x, f(x, a)
        if np.max(np.abs(x - before)) <= TOLERANCE * np.max(np.abs(x)):
            return x, turn
    raise SystemExit(f"fixed_point: no rest after {MOST_TURNS:,} turns")


def fixed_point(f, start):
    """Return the function a ↦ x* = f(x*, a), differentiated by the implicit function theorem.

    `custom_op` calls it on plain arrays, so that no turn of the iteration is recorded. Its rule is
    NumPy code, so that it can be differentiated again.
    """

    @tg.custom_op
    def solution(a):
        return iterate(f, a, start)[0]

    def rule(g, x, a):
        jacobian = tg.jacobian(f)(x, a).reshape(x.size, x.size)
        u = np.linalg.solve(np.eye(x.size) - jacobian.T, g.ravel())
        return tg.vjp(lambda a: f(x, a), a)[1](u.reshape(x.shape))[0]

    return solution.defvjp(rule)


# The plate
# ---------
# At rest, as much heat comes into a cell as leaves it. With its temperature x, the sum n of those
# of its four neighbours, and the powers a of the heaters:
#
#     conduction · (n − 4 x) + heaters a − radiation · x⁴ = 0
#
# Newton's method for x, with n as it is, makes an iteration of it that comes to rest from anywhere.

WANTED = 1.0
KELVIN = 293  # the unit of temperature: 20 °C


class Plate:
    """A square plate of size × size cells, with 3 × 4 heaters under it and a window beside it."""

    def __init__(self, size, conduction):
        self.conduction = conduction
        across = (np.arange(size) + 0.5) / size
        self.radiation = 1 + 8 * np.exp(-across / 0.1) * np.ones((size, 1))
        rows, columns = np.meshgrid((0.2, 0.5, 0.8), (0.14, 0.38, 0.62, 0.86), indexing="ij")
        self.places = np.stack([rows.ravel(), columns.ravel()], axis=1)
        nearness = [
            np.exp(-((across[:, None] - row) ** 2 + (across - column) ** 2) / 0.004)
            for row, column in self.places
        ]
        self.heaters = np.stack([spot / spot.sum() for spot in nearness], axis=-1)
        # As much as the whole plate radiates at the temperature that is wanted.
        self.enough = np.full(len(nearness), self.radiation.sum() * WANTED**4 / len(nearness))
        self.start = np.full((size, size), WANTED)

    def turn(self, x, a):
        """One turn of the iteration, f(x, a)."""
        padded = np.pad(x, 1, mode="edge")  # no heat passes the edges
        neighbours = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
        heat = self.conduction * neighbours + self.heaters @ a
        return (heat + 3 * self.radiation * x**4) / 4 / (self.conduction + self.radiation * x**3)


def unevenness(x):
    """Mean squared difference from the temperature that is wanted."""
    return np.mean((x - WANTED) ** 2)


# What the gradient costs, and whether it is right
# ------------------------------------------------


def recorded(plate, turns):
    """Return the function a ↦ x*, every turn of which is recorded."""

    def solution(a):
        x = plate.start
        for _ in range(turns):
            x = plate.turn(x, a)
        return x

    return solution


def slope(function, a, direction):
    """Return the derivative along a direction, by finite differences."""
    step = 1e-3 * direction
    return (function(a + step) - function(a - step)) / 2e-3


def difference(found, expected):
    return float(np.max(np.abs(found - expected)) / np.max(np.abs(expected)))


def measure(function, *args):
    """Return what a function returns, the seconds that it takes, and the most MB that it holds."""
    times = []
    for _ in range(3):
        begin = perf_counter()
        result = function(*args)
        times.append(perf_counter() - begin)
    tracemalloc.start()
    function(*args)
    memory = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return result, min(times), memory


def compare(plate, turns):
    """Print what each way to the gradient costs, and how far it is from the implicit one.

    Return a list of (turns, seconds, MB, difference); of the implicit one, which is the first, the
    turns are those that it takes without recording them.
    """
    a = plate.enough
    equilibrium = fixed_point(plate.turn, plate.start)

    def loss(a):
        return unevenness(equilibrium(a))

    def print_row(name, seconds="", memory="", far=""):
        print(f"{name:<36}{seconds:>10}{memory:>10}{far:>12}".rstrip())

    print_row("the gradient", "time", "memory", "difference")
    implicit, seconds, memory = measure(tg.grad(loss), a)
    print_row("implicit: one linear system", f"{seconds:.3f} s", f"{memory:.1f} MB")
    rows = [(turns, seconds, memory, 0.0)]
    for part in (8, 4, 2, 1):
        count = math.ceil(turns / part)
        solution = recorded(plate, count)
        gradient = tg.grad(lambda a, solution=solution: unevenness(solution(a)))
        found, seconds, memory = measure(gradient, a)
        rows.append((count, seconds, memory, difference(found, implicit)))
        name = f"recorded: {count:,} turns"
        print_row(name, f"{seconds:.3f} s", f"{memory:.1f} MB", f"{rows[-1][-1]:.0e}")
    numerical = [slope(loss, a, direction) for direction in np.eye(len(a))]
    print_row("finite differences", far=f"{difference(numerical, implicit):.0e}")
    direction = np.linspace(0.5, 1, len(a))
    second = tg.hvp(loss, (a,), (direction,))
    numerical = slope(tg.grad(loss), a, direction)
    print_row("its derivative: finite differences", far=f"{difference(numerical, second):.0e}")
    return rows


# Downhill
# --------


def even_out(plate, steps):
    """Return the powers that make the plate evenly warm, and the unevenness before each step."""
    equilibrium = fixed_point(plate.turn, plate.start)
    # Powers remain positive.
    gradient = tg.value_and_grad(lambda logarithms: unevenness(equilibrium(np.exp(logarithms))))
    optimizer = optim.Adam(lambda step: 0.1 * (1 + math.cos(math.pi * step / steps)) / 2)
    logarithms = np.log(plate.enough)
    state = optimizer.init(logarithms)
    history = []
    for _ in range(steps):
        value, direction = gradient(logarithms)
        history.append(float(value))
        logarithms, state = optimizer.update(direction, state, logarithms)
    return np.exp(logarithms), history


def main():
    options = read_arguments()
    plate = Plate(options.size, options.conduction)
    before, turns = iterate(plate.turn, plate.enough, plate.start)
    print(f"{before.size} temperatures come to rest after {turns:,} turns\n")
    rows = compare(plate, turns)

    powers, history = even_out(plate, options.steps)
    after, _ = iterate(plate.turn, powers, plate.start)
    uneven = [KELVIN * math.sqrt(value) for value in (*history, unevenness(after))]
    draw(options.picture, plate, (before, after), powers, uneven, rows)
    print(f"\nwrote {options.picture}")
    print(f"uneven by {uneven[0]:.2f} K before and {uneven[-1]:.2f} K after {options.steps} steps")


def draw(path, plate, temperatures, powers, uneven, rows):
    """Write the picture: the plate before and after, how it got there, and what gradients cost."""
    title = "An equilibrium, differentiated"
    subtitle = f"{len(powers)} heaters learn to warm a plate evenly, a window at its left side"
    with common.picture(path, title, subtitle, size=(13, 8.6)) as figure:
        (first, second, third), below = figure.subplots(2, 3)
        figure.subplots_adjust(0.05, 0.08, 0.975, 0.83, wspace=0.24, hspace=0.38)
        warmest = max(np.max(np.abs(x - WANTED)) for x in temperatures) * KELVIN
        for axes, x, a, title in (
            (first, temperatures[0], plate.enough, "Before: all heaters alike"),
            (second, temperatures[1], powers, "After"),
        ):
            image = axes.imshow(
                KELVIN * (x - WANTED), cmap="RdYlBu_r", vmin=-warmest, vmax=warmest,
                extent=(0, 1, 1, 0), interpolation="bicubic",
            )  # fmt: skip
            sizes = 120 * a / plate.enough
            axes.scatter(*plate.places.T[::-1], sizes, facecolor="none", edgecolor=INK)
            axes.set_title(title)
            axes.set(xticks=[], yticks=[], frame_on=False)
            bar = figure.colorbar(image, ax=axes, shrink=0.9, format="%+g K")
            bar.outline.set_visible(False)
        third.plot(uneven, color=BLUE)
        third.set_title("Unevenness")
        third.set(xlabel="steps", ylim=(0, None))
        third.yaxis.set_major_formatter("{x:g} K")
        turns, *columns = zip(*rows[1:], strict=True)
        titles = ("Time of the gradient, s", "Memory of the gradient, MB", "Error, if cut short")
        for axes, values, own, title in zip(below, columns, rows[0][1:], titles, strict=True):
            axes.plot(turns, values, "o-", color=RED)
            axes.set_title(title)
            axes.set_xlabel("turns that are recorded")
            if own:
                axes.set(xlim=(0, None), ylim=(0, None))
                axes.axhline(own, color=BLUE)
                for name, height, above, colour in (
                    ("recorded", values[-1], -4, RED), ("implicit", own, 6, BLUE)
                ):  # fmt: skip
                    axes.annotate(
                        name, (turns[-1], height), (-12, above), textcoords="offset points",
                        color=colour, fontsize=11, ha="right",
                    )  # fmt: skip
            else:
                axes.set_yscale("log")


def read_arguments():
    """Return the options that the command line gives; end the program if they make no sense."""
    parser = common.Options(__doc__, "fixed_point.png", quick="little of each")
    parser.add("--size", 16, "cells along a side of the plate")
    parser.add("--conduction", 50, "the more of it, the more turns")
    parser.add("--steps", 40, "downhill")
    options = parser.parse_args()
    if options.size == 1:
        parser.error("--size 1: a plate of a single cell is even")
    if options.quick:
        options.size, options.steps = min(options.size, 8), min(options.steps, 10)
        options.conduction = min(options.conduction, 10)
    return options


if __name__ == "__main__":
    main()
