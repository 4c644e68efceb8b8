"""Learn a law of motion from noisy observations of it: python examples/neural_ode.py

Hares multiply, and are eaten; lynxes that eat multiply too, and die. Say that nobody knows the law
ds/dt = f(s) that s, the logarithms of how many there are of both, follow. There are only counts,
wrong by 5%, from two valleys. So a neural network takes the place of f (Chen et al., 2018). What it
predicts is integrated by Runge and Kutta's method, in ordinary NumPy, and compared with the counts;
the gradient goes back through the integration.

A long integration is hard to fit: a small error at its beginning is a large one at its end. So it
is cut into short pieces, which are integrated side by side (multiple shooting). Where each of them
starts is learned too, and it should end where the next one starts, which matters more and more.

The program compares the learned law with the one that made the counts, Rosenzweig and MacArthur's:
while there were counts, for three times as long after that, and from a start that it has never
seen. It says what the gradient of a long integration costs, with `tg.checkpoint` and without, and
leaves a picture, neural_ode.png. It takes about twenty seconds, and predicts the next seven cycles
to about 10%.
"""

from __future__ import annotations

import tracemalloc
from time import perf_counter

import common
import numpy as np
from common import BLUE, INK, LIGHT, RED

import tinygrad_np as tg
from tinygrad_np import nn, optim

INTERVAL = 0.5  # between two counts
COUNTS = 60
PIECE = 5  # intervals that are integrated at once, while the network learns
VALLEYS = np.log([[1.0, 0.3], [2.0, 1.0]])
UNSEEN = np.log([1.5, 1.4])


def law(state):
    """Rosenzweig and MacArthur's: lynxes that find many hares have soon eaten enough."""
    hares, lynxes = np.exp(state[..., 0]), np.exp(state[..., 1])
    hunger = 2 / (1 + hares)
    return np.stack([1 - hares / 3 - hunger * lynxes, hunger * hares - 0.8], axis=-1)


# The integration
# ---------------


def advance(field, state, substeps=2):
    """Return the state after an interval, by Runge and Kutta's method."""
    step = INTERVAL / substeps
    for _ in range(substeps):
        first = field(state)
        second = field(state + step / 2 * first)
        third = field(state + step / 2 * second)
        fourth = field(state + step * third)
        state = state + step / 6 * (first + 2 * second + 2 * third + fourth)
    return state


def integrate(field, state, intervals, advance=advance):
    """Return the state and what it is after each of the intervals, along the first axis."""
    states = [state]
    for _ in range(intervals):
        state = advance(field, state)
        states.append(state)
    return np.stack(states)


# Learning
# --------


def build_network(width, rng):
    sizes = (2, width), (width, width), (width, 2)
    first, second, last = (nn.Dense(*size, rng, dtype=np.float64) for size in sizes)
    return nn.NeuralNetwork([first, nn.Tanh(), second, nn.Tanh(), last])


def learn(network, counts, noise, steps):
    """Return the trained network, and the loss before each step: 1 is as far as the noise."""
    first, later = counts[0], counts[1:]
    ends = later.reshape(-1, PIECE, *first.shape).swapaxes(0, 1)

    def loss(unknown, weight):
        starts = unknown["starts"]
        states = integrate(unknown["field"], starts, PIECE)[1:]
        gaps = states[-1, :-1] - starts[1:]
        misfit = np.sum((states - ends) ** 2) + np.sum((starts[0] - first) ** 2)
        return (misfit + weight * np.sum(gaps**2)) / counts.size / noise**2

    unknown = {"field": network, "starts": counts[:-1:PIECE].copy()}
    optimizer = optim.Adam(optim.cosine(0.02, steps))
    state = optimizer.init(unknown)
    gradient = tg.value_and_grad(loss)
    history = []
    for step in common.progress(steps, "learning"):
        value, direction = gradient(unknown, 100 ** (step / steps))
        history.append(float(value))
        unknown, state = optimizer.update(direction, state, unknown)
    return unknown["field"], history


def measure(title, advance, network, counts):
    """Print what it costs to differentiate one long integration; return its gradient."""

    def loss(field):
        return np.mean((integrate(field, counts[0], COUNTS, advance) - counts) ** 2)

    begin = perf_counter()
    gradient = tg.grad(loss)(network)
    seconds = perf_counter() - begin
    tracemalloc.start()
    tg.grad(loss)(network)
    memory = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"{title:<36}{seconds:>8.2f} s{memory:>8.1f} MB")
    return gradient


def root_mean_square(values):
    return float(np.sqrt(np.mean(values**2)))


def main():
    options = read_arguments()
    rng = np.random.default_rng(options.seed)

    def truth(state, intervals):
        return integrate(law, state, intervals, lambda law, state: advance(law, state, 20))

    true = truth(VALLEYS, 4 * COUNTS)
    counts = true[: COUNTS + 1]
    counts = counts + options.noise * rng.normal(size=counts.shape)
    network = build_network(options.width, rng)
    print(f"{counts.size} counts, {sum(p.size for p in tg.tree.leaves(network)):,} parameters\n")
    kept = measure("gradient of all the time at once", advance, network, counts)
    again = measure("tg.checkpoint for each interval", tg.checkpoint(advance), network, counts)
    pairs = zip(tg.tree.leaves(kept), tg.tree.leaves(again), strict=True)
    print(f"difference: {max(np.max(np.abs(one - other)) for one, other in pairs):.0e}\n")

    field, history = learn(network, counts, options.noise, options.steps)
    found = integrate(field, VALLEYS, 4 * COUNTS)
    unseen = [truth(UNSEEN, 2 * COUNTS), integrate(field, UNSEEN, 2 * COUNTS)]
    draw(options.picture, counts, true, found, unseen, field, history)

    off = root_mean_square(field(true) - law(true)) / root_mean_square(law(true))
    print(f"loss {history[0]:,.0f} before, {history[-1]:.2f} after {options.steps} steps")
    print(f"the learned law is wrong by {off:.1%}, on the way that populations take")
    print(f"predictions from a start never seen: {root_mean_square(unseen[1] - unseen[0]):.1%}")
    print(f"wrote {options.picture}")
    during, after = (root_mean_square(part) for part in np.split(found - true, [COUNTS + 1]))
    print(f"predictions wrong by {during:.1%} while there are counts, by {after:.1%} after that")


def draw(path, counts, true, found, unseen, field, history):
    """Write the picture: predictions over time, and the law itself in the plane of both numbers."""
    title = "A law of motion, learned from noisy counts"
    subtitle = "a neural network in the place of f, in ds/dt = f(s), fitted through the integration"
    with common.picture(path, title, subtitle, size=(12, 9)) as figure:
        grid = figure.add_gridspec(2, 3, height_ratios=(0.85, 1), width_ratios=(1.25, 1, 1))
        grid.update(left=0.06, right=0.97, bottom=0.08, top=0.84, wspace=0.28, hspace=0.34)
        valley = figure.add_subplot(grid[0, :])
        plane, other, curve = (figure.add_subplot(grid[1, column]) for column in range(3))

        times = INTERVAL * np.arange(len(true))
        animals = ((0, BLUE, "hares"), (1, RED, "lynxes"))
        valley.axvspan(0, INTERVAL * COUNTS, color=LIGHT, alpha=0.6, lw=0)
        for axes, end in ((valley, len(true)), (other, len(unseen[0]))):
            for animal, colour, name in animals:
                real, learned = (
                    (states[:end, 0, animal] for states in (true, found))
                    if axes is valley
                    else (states[:, animal] for states in unseen)
                )
                axes.plot(times[:end], np.exp(learned), color=colour, label=name)
                axes.plot(times[:end], np.exp(real), color=INK, lw=1, ls=(0, (3, 3)))
        for animal, colour, _ in animals:
            seen = np.exp(counts[:, 0, animal])
            valley.plot(times[: len(seen)], seen, "o", color=colour, markersize=4, mew=0)
        valley.set_title("A valley: counts (dots), the learned law (lines), the true one (dashed)")
        valley.set(xlim=(0, times[-1]), ylim=(0, 2.9))
        valley.legend(loc="upper right", ncols=2)
        other.set_title("From a start never seen")
        other.set(xlim=(0, times[len(unseen[0]) - 1]), ylim=(0, None), xlabel="time")

        low, high = np.log([0.06, 0.07]), np.log([3.2, 2.2])
        axis = [np.linspace(a, b, 14) for a, b in zip(low, high, strict=True)]
        places = np.stack(np.meshgrid(*axis), axis=-1)
        for function, colour, width in ((law, "#c3cad1", 0.012), (field, BLUE, 0.005)):
            flow = function(places)
            # Every arrow has a length that can be seen.
            flow = flow / np.sqrt(np.linalg.norm(flow, axis=-1, keepdims=True))
            plane.quiver(*places.T, *flow.T, color=colour, width=width, scale=26, headwidth=3.5)
        for place in range(counts.shape[1]):
            plane.plot(*counts[:, place].T, ".", color=RED, markersize=5, mew=0)
        for place, ticks in enumerate(((0.1, 0.3, 1, 3), (0.1, 0.3, 1, 2))):
            (plane.set_xticks, plane.set_yticks)[place](np.log(ticks), [f"{n:g}" for n in ticks])
        plane.set(xlabel="hares", ylabel="lynxes")
        plane.set_title("The law: true (grey), learned (blue)")

        curve.plot(history, color=BLUE, lw=1.5)
        curve.axhline(1, color=INK, lw=1, ls=(0, (3, 3)))
        curve.set(yscale="log", xlabel="steps", xlim=(0, None))
        curve.set_title("Loss; 1 is the noise")


def read_arguments():
    """Return the options that the command line gives; end the program if they make no sense."""
    parser = common.Options(__doc__, "neural_ode.png", quick="300 steps")
    parser.add("--steps", 2000, "of learning")
    parser.add("--width", 32, "units in each of the hidden layers")
    parser.add("--noise", 0.05, "in the counts: 0.05 is 5%%")
    parser.add_seed()
    options = parser.parse_args()
    if options.quick:
        options.steps = min(options.steps, 300)
    return options


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("neural_ode: interrupted") from None
