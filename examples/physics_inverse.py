"""See inside with sound, by a simulation's gradient: python examples/physics_inverse.py

A ring of emitters stands around something hidden in water. One after another they sound, and the
receivers of the ring record what arrives. The speed c of sound, in each of thousands of cells, is
what has to be found: that for which the simulated wave,

    ∂²u/∂t² = c² (∂²u/∂x² + ∂²u/∂y²) + source,

arrives as the measured one did (full waveform inversion; ultrasound tomographs work like this).

The simulation, `simulate`, is the plain NumPy of any lab: `import numpy as np`, a loop over time,
three arrays that are overwritten in turn. It makes the measurements, with noise added, and the same
function is differentiated with `tg.grad`: one sweep back through its loop says how the misfit
changes with each of the speeds. Adam follows that, on four emitters at a time. The program compares
the gradient with finite differences along one direction, says what it costs, with `tg.checkpoint`
and without, and leaves a picture, physics_inverse.png. It takes about a minute.
"""

from __future__ import annotations

import tracemalloc
from time import perf_counter

import common
import numpy as np
from common import BLUE, GREY, INK, RED

import tinygrad_np as tg
from tinygrad_np import optim

# The simulation
# --------------


def simulate(speed, emitters, receivers, pulse, spacing, time_step, damping):
    """Return what each receiver records of each emitter's pulse: (times, emitters, receivers).

    Places are pairs of index arrays, (rows, columns). A damping below 1 near the edges swallows the
    wave there, as if the water went on.
    """
    emitter = np.arange(len(emitters[0]))
    shape = (len(emitter), *speed.shape)
    before, now, after = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    records = np.zeros((len(pulse), len(emitter), len(receivers[0])))
    courant = (speed[1:-1, 1:-1] * time_step / spacing) ** 2

    for step in range(len(pulse)):
        centre = now[:, 1:-1, 1:-1]
        beside = now[:, :-2, 1:-1] + now[:, 2:, 1:-1] + now[:, 1:-1, :-2] + now[:, 1:-1, 2:]
        after[:, 1:-1, 1:-1] = 2 * centre - before[:, 1:-1, 1:-1] + courant * (beside - 4 * centre)
        after[emitter, *emitters] += pulse[step]
        now *= damping
        after *= damping
        records[step] = after[:, *receivers]
        before, now, after = now, after, before
    return records


# The experiment
# --------------
# Lengths are in mm and times in µs, so that speeds are in mm/µs: 1.5 of them are 1500 m/s.

WIDTH = 120
WATER = 1.5
DURATION = 110
FREQUENCY = 0.12  # MHz: waves of 12.5 mm
SCALE = 0.1  # of the differences in speed that are looked for


class Experiment:
    """A square of size × size cells, with a ring of emitters and receivers in it."""

    def __init__(self, size, emitters, receivers):
        self.spacing = WIDTH / size
        self.time_step = 0.5 * self.spacing / WATER
        self.times = np.arange(0, DURATION, self.time_step)
        phase = (np.pi * (FREQUENCY * self.times - 1)) ** 2
        self.pulse = (1 - 2 * phase) * np.exp(-phase)  # Ricker's wavelet
        self.water = np.full((size, size), WATER)
        self.emitters = self.ring(emitters)
        self.receivers = self.ring(receivers)
        self.y, self.x = (np.indices((size, size)) + 0.5) / size - 0.5
        self.inside = np.hypot(self.x, self.y) < 0.37
        depth = 0.1 - np.minimum(0.5 - np.abs(self.x), 0.5 - np.abs(self.y))
        self.damping = np.exp(-25 * np.maximum(depth, 0) ** 2)

    def ring(self, count):
        """Return the rows and the columns of places on a circle."""
        angle = 2 * np.pi * np.arange(count) / count
        across = np.stack([0.5 + 0.4 * np.sin(angle), 0.5 + 0.4 * np.cos(angle)])
        return tuple((across * len(self.water)).astype(int))

    def records(self, speed, emitters=slice(None), receivers=None):
        """Return what is recorded of some emitters, by default all, at the speeds of the cells."""
        chosen = tuple(places[emitters] for places in self.emitters)
        receivers = self.receivers if receivers is None else receivers
        return simulate(
            speed, chosen, receivers, self.pulse, self.spacing, self.time_step, self.damping
        )

    def speed(self, unknown):
        """Return the speeds in the square, which are those of water outside of the ring."""
        return self.water + SCALE * unknown * self.inside

    def hidden(self):
        """Return the speeds of what is to be found: a skin, and things inside it."""
        speed = self.water.copy()
        for row, column, height, width, angle, value in (
            (0.00, 0.00, 0.31, 0.27, -0.3, 1.56),
            (0.00, 0.00, 0.28, 0.24, -0.3, 1.52),
            (-0.07, -0.09, 0.14, 0.06, 0.5, 1.46),
            (0.10, 0.08, 0.05, 0.11, 0.4, 1.44),
            (-0.13, 0.09, 0.05, 0.05, 0.0, 1.60),
            (0.16, -0.10, 0.03, 0.03, 0.0, 1.60),
            (-0.01, 0.06, 0.02, 0.02, 0.0, 1.58),
        ):
            y, x = self.y - row, self.x - column
            along = np.cos(angle) * y + np.sin(angle) * x
            across = np.cos(angle) * x - np.sin(angle) * y
            speed[(along / height) ** 2 + (across / width) ** 2 < 1] = value
        return speed


def misfit(records, measured):
    """Mean squared difference, in units of the mean square that is measured."""
    return np.sum((records - measured) ** 2) / np.sum(measured**2)


# What the gradient costs, and whether it is right
# ------------------------------------------------


def measure(function, *args):
    """Return what a function returns, the seconds that it takes, and the most MB that it holds."""
    begin = perf_counter()
    result = function(*args)
    seconds = perf_counter() - begin
    tracemalloc.start()
    function(*args)
    memory = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return result, seconds, memory


def compare(experiment, measured, rng):
    """Print what the gradient of all emitters costs, and how far it is from finite differences."""

    def loss(speed):
        return misfit(experiment.records(speed), measured)

    def loss_of_one(speed, emitter):
        return np.sum((experiment.records(speed, [emitter]) - measured[:, [emitter]]) ** 2)

    recomputed = tg.checkpoint(loss_of_one)

    def loss_of_each(speed):
        total = sum(recomputed(speed, emitter) for emitter in range(measured.shape[1]))
        return total / np.sum(measured**2)

    water = experiment.water
    _, seconds, memory = measure(loss, water)
    print(f"{'a simulation':<36}{seconds:>8.2f} s{memory:>8.1f} MB")
    gradient, seconds, memory = measure(tg.grad(loss), water)
    print(f"{f'its gradient in {water.size:,} speeds':<36}{seconds:>8.2f} s{memory:>8.1f} MB")
    again, seconds, memory = measure(tg.grad(loss_of_each), water)
    print(f"{'tg.checkpoint for each emitter':<36}{seconds:>8.2f} s{memory:>8.1f} MB")
    direction = rng.normal(size=water.shape)
    step = 1e-5 * direction
    numerical = (loss(water + step) - loss(water - step)) / 2e-5
    slope = np.sum(gradient * direction)
    print(f"finite differences, along a direction: {abs(numerical / slope - 1):.0e} away")
    farthest = np.max(np.abs(again - gradient)) / np.max(np.abs(gradient))
    print(f"tg.checkpoint: {farthest:.0e} away\n")


# Downhill
# --------


def invert(experiment, measured, steps, rng):
    """Return the speeds after each step, from those of water on."""
    count = measured.shape[1]

    def loss(unknown, emitters):
        records = experiment.records(experiment.speed(unknown), emitters)
        return misfit(records, measured[:, emitters])

    gradient = tg.grad(loss)
    unknown = np.zeros_like(experiment.water)
    optimizer = optim.Adam(optim.cosine(0.1, steps))
    state = optimizer.init(unknown)
    found = [experiment.speed(unknown)]
    for _ in common.progress(steps, "listening"):
        emitters = rng.choice(count, min(4, count), replace=False)
        unknown, state = optimizer.update(gradient(unknown, emitters), state, unknown)
        found.append(experiment.speed(unknown))
    return found


def main():
    options = read_arguments()
    rng = np.random.default_rng(options.seed)
    experiment = Experiment(options.size, options.emitters, options.receivers)
    hidden = experiment.hidden()
    exact = experiment.records(hidden)
    measured = exact + options.noise * np.std(exact) * rng.normal(size=exact.shape)
    print(f"{measured.size:,} numbers are recorded\n")
    compare(experiment, measured, rng)

    found = invert(experiment, measured, options.steps, rng)

    def error(speed):
        return 1000 * np.sqrt(np.mean((speed - hidden)[experiment.inside] ** 2))

    draw(options.picture, experiment, measured, hidden, found)
    for name, speed in (("water alone", found[0]), ("what was found", found[-1])):
        print(f"misfit of {name}: {misfit(experiment.records(speed), measured):.2%}")
    print(f"misfit of the truth, which is the noise: {misfit(exact, measured):.2%}")
    print(f"wrote {options.picture}")
    print(
        f"speeds wrong by {error(found[0]):.1f} m/s before "
        f"and {error(found[-1]):.1f} m/s after {options.steps} steps"
    )


def draw(path, experiment, measured, hidden, found):
    """Write the picture: what was hidden, what was found, and the sound that it was found by."""
    title = "A simulation, differentiated"
    subtitle = (
        f"{measured.shape[1]} emitters and {measured.shape[2]} receivers, around what is hidden, "
        f"find the speed of sound in {hidden.size:,} cells"
    )
    half = WIDTH / 2
    extent = (-half, half, half, -half)
    last = len(found) - 1
    with common.picture(path, title, subtitle, size=(12, 8.6)) as figure:
        grid = figure.add_gridspec(2, 3, height_ratios=(1.1, 1))
        grid.update(left=0.05, right=0.9, bottom=0.08, top=0.83, wspace=0.22, hspace=0.3)
        above = [figure.add_subplot(grid[0, column]) for column in range(3)]
        sound, record, profile = (figure.add_subplot(grid[1, column]) for column in range(3))

        early = min(10, last)
        for axes, speed, name in zip(
            above, (hidden, found[early], found[-1]),
            ("Hidden", f"After {early} steps", f"After {last} steps"), strict=True,
        ):  # fmt: skip
            image = axes.imshow(1000 * speed, cmap="RdBu_r", vmin=1390, vmax=1610, extent=extent)
            axes.set_title(name)
        axes = above[0]
        for places, marker, size in (
            (experiment.receivers, "o", 5), (experiment.emitters, "*", 45)
        ):  # fmt: skip
            y, x = ((place + 0.5) * experiment.spacing - half for place in places)
            axes.scatter(x, y, size, color=INK, marker=marker, linewidths=0)
        box = above[2].get_position()
        bar = figure.add_axes((0.915, box.y0, 0.012, box.height))
        figure.colorbar(image, cax=bar, format="%d m/s").outline.set_visible(False)

        # Every cell is a receiver.
        everywhere = np.indices(hidden.shape).reshape(2, -1)
        wave = experiment.records(hidden, [0], everywhere)[:, 0].reshape(-1, *hidden.shape)
        moment = np.searchsorted(experiment.times, 58)
        strongest = np.quantile(np.abs(wave[moment]), 0.995)
        sound.imshow(
            wave[moment], cmap="RdGy", vmin=-strongest, vmax=strongest, extent=extent,
            interpolation="bicubic",
        )  # fmt: skip
        sound.contour(
            1000 * hidden, levels=(1490, 1510, 1545), colors=BLUE, linewidths=0.7,
            extent=extent, origin="upper",
        )  # fmt: skip
        y, x = ((places[0] + 0.5) * experiment.spacing - half for places in experiment.emitters)
        sound.plot(x, y, "*", color=INK, markersize=9)
        sound.set_title(f"One emitter, after {experiment.times[moment]:.0f} µs")
        for axes in (*above, sound):
            axes.set(xticks=[], yticks=[])
            axes.grid(visible=False)
            axes.spines[:].set_visible(False)

        water = experiment.records(found[0], [0])[:, 0]
        receiver = np.argmax(np.sum((measured[:, 0] - water) ** 2, axis=0))
        for speed, colour, name in ((found[0], GREY, "water"), (found[-1], RED, "found")):
            trace = experiment.records(speed, [0])[:, 0, receiver]
            record.plot(experiment.times, trace, color=colour, label=name)
        trace = measured[:, 0, receiver]
        record.plot(experiment.times, trace, ".", color=BLUE, markersize=4, label="measured")
        record.set_title("One receiver")
        begin = np.argmax(np.abs(trace)) * experiment.time_step
        record.set(xlabel="µs", xlim=(begin - 15, DURATION), yticklabels=[])
        record.legend(loc="upper right", fontsize=9)

        row = np.argmin(np.abs(experiment.y[:, 0] + 0.07))
        above[0].axhline((row + 0.5) * experiment.spacing - half, color=INK, lw=1, ls=":")
        across = WIDTH * experiment.x[row]
        profile.step(across, 1000 * hidden[row], color=BLUE, where="mid", label="hidden")
        profile.step(across, 1000 * found[-1][row], color=RED, where="mid", label="found", lw=1.2)
        profile.set_title("Along the dotted line, m/s")
        profile.set(xlim=(-0.4 * WIDTH, 0.4 * WIDTH), ylim=(1425, 1625), xlabel="mm")
        profile.legend(loc="upper left", fontsize=9, ncols=2)


def read_arguments():
    """Return the options that the command line gives; end the program if they make no sense."""
    parser = common.Options(__doc__, "physics_inverse.png", quick="coarse cells, few steps")
    parser.add("--size", 80, "cells along a side of the square")
    parser.add("--emitters", 16, "of sound, around it")
    parser.add("--receivers", 32, "around it")
    parser.add("--noise", 0.03, "in the measurements, as a part of what is measured")
    parser.add("--steps", 150, "downhill")
    parser.add_seed()
    options = parser.parse_args()
    if options.size < 20:
        parser.error(f"--size {options.size}: a wave is 2.5 of 20 cells long, and needs that")
    if options.quick:
        options.size, options.emitters = min(options.size, 32), min(options.emitters, 6)
        options.steps = min(options.steps, 30)
    return options


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("physics_inverse: interrupted") from None
