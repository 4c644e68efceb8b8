"""SciPy minimises, this library differentiates: python examples/scipy_minimize.py

A spectrum is a background and peaks that overlap. Each has a height, a centre and a width, and all
have one shape, between Gauss's and Lorentz's. With noise of known size σ, the most likely
parameters p are those that minimise

    χ²(p) / 2 = ½ Σ r²,        r = (model(p) − measured) / σ.

SciPy has excellent programs for that, as good as the derivatives that they are given. Left alone,
they estimate them by finite differences: an evaluation for each parameter, and half of the digits.
Exact ones are a word away:

    minimize(tg.value_and_grad(loss), p, jac=True)
    minimize(loss, p, method="trust-exact", jac=tg.grad(loss), hess=tg.hessian(loss))
    least_squares(residuals, p, jac=tg.jacobian(residuals))

The program lets each way start from the same rough guesses, and says what it took, how often it
found the best fit, and how steep the loss is where it ended: 0 is the minimum. BFGS needs a
twentieth of the evaluations; `least_squares` needs few either way, and where one takes no more than
a tenth of a millisecond, as here, it is fastest with differences.

At the minimum, the inverse of the Hessian is the covariance of the parameters. It gives each its
error, and the curve its confidence band. All of this takes about ten seconds, and leaves a picture,
scipy_minimize.png.
"""

from __future__ import annotations

from time import process_time

import common
import numpy as np
from common import BLUE, GREY, INK, RED

import tinygrad_np as tg

try:
    from scipy.optimize import least_squares, minimize
except ModuleNotFoundError as error:
    raise SystemExit(f'{error.name} is not installed: pip install -e ".[examples]"') from None

# The spectrum
# ------------
# A parameter may be any number: heights and widths are exponentials, and the share of Lorentz's
# shape is a sigmoid. So no step leaves the domain of the model.

CHANNELS = np.linspace(0, 20, 600)
SIGMA = 0.02
CENTRES = np.array([1.7, 3.2, 3.75, 6.1, 6.6, 8.3, 10.6, 13.0, 13.8, 17.4])
HEIGHTS = np.array([0.5, 1.0, 0.5, 0.7, 0.9, 0.25, 1.1, 0.45, 0.6, 0.8])
WIDTHS = np.array([0.2, 0.25, 0.2, 0.25, 0.2, 0.45, 0.3, 0.3, 0.35, 0.25])


def peaks(parameters):
    """Return each peak by itself, one a row."""
    share = 1 / (1 + np.exp(-parameters[2]))
    height, centre, width = parameters[3:].reshape(3, -1, 1)
    distance = (CHANNELS - centre) / np.exp(width)
    gauss, lorentz = np.exp(-np.log(2) * distance**2), 1 / (1 + distance**2)
    return np.exp(height) * (gauss + share * (lorentz - gauss))


def background(parameters):
    level, slope = parameters[:2]
    return level + slope * (CHANNELS / 10 - 1)


def model(parameters):
    return background(parameters) + np.sum(peaks(parameters), axis=0)


TRUTH = np.concatenate([[0.3, 0.1, 0.4], np.log(HEIGHTS), CENTRES, np.log(WIDTHS)])


def guess(rng):
    """Return parameters as they are read off a plot."""
    spread = np.repeat([0.3, 0.1, 0.3], len(CENTRES))
    return np.concatenate([[0.2, 0, 0], TRUTH[3:] + spread * rng.normal(size=len(spread))])


# The ways to the minimum
# -----------------------


def ways(residuals):
    """Return by name the function that SciPy calls, and how it minimises that from p on."""

    def loss(p):
        return np.sum(residuals(p) ** 2) / 2

    def along(p, direction):
        return tg.hvp(loss, (p,), (direction,))

    both, gradient, hessian = tg.value_and_grad(loss), tg.grad(loss), tg.hessian(loss)
    jacobian = tg.jacobian(residuals)
    return {
        "L-BFGS-B, finite differences": (
            loss, lambda f, p: minimize(f, p, method="L-BFGS-B")),
        "L-BFGS-B, tg.value_and_grad": (
            both, lambda f, p: minimize(f, p, method="L-BFGS-B", jac=True)),
        "BFGS, finite differences": (
            loss, lambda f, p: minimize(f, p, method="BFGS")),
        "BFGS, tg.value_and_grad": (
            both, lambda f, p: minimize(f, p, method="BFGS", jac=True)),
        "Newton-CG, tg.hvp": (
            both, lambda f, p: minimize(f, p, method="Newton-CG", jac=True, hessp=along)),
        "trust-exact, tg.hessian": (
            loss, lambda f, p: minimize(f, p, method="trust-exact", jac=gradient, hess=hessian)),
        "least_squares, finite differences": (
            residuals, lambda f, p: least_squares(f, p)),
        "least_squares, tg.jacobian": (
            residuals, lambda f, p: least_squares(f, p, jac=jacobian)),
    }  # fmt: skip


class Watched:
    """A function that remembers χ²/2 of each call."""

    def __init__(self, function):
        self.function, self.history = function, []

    def __call__(self, p):
        result = self.function(p)
        value = result[0] if isinstance(result, tuple) else result
        self.history.append(float(value if np.ndim(value) == 0 else value @ value / 2))
        return result


def compare(residuals, starts):
    """Minimise in each way from each start; print what that took, and return all outcomes.

    They are the parameters where SciPy ended, the seconds, and what it had called: by name, a list.
    """
    outcomes = {}
    all_ways = ways(residuals)
    turns = [(name, start) for start in starts for name in all_ways]
    for name, start in common.progress(turns, "fitting"):
        function, minimise = all_ways[name]
        watched = Watched(function)
        begin = process_time()
        end = minimise(watched, start)
        outcome = end.x, process_time() - begin, watched.history
        outcomes.setdefault(name, []).append(outcome)
    return outcomes


def report(residuals, outcomes):
    """Print what each way took, in the median, and how it ended; return the best parameters."""

    def loss(p):
        return np.sum(residuals(p) ** 2) / 2

    best = min((p for rows in outcomes.values() for p, *_ in rows), key=loss)
    print(f"{'':<34}{'evaluations':>12}{'time':>10}{'found':>8}{'slope left':>12}")
    for name, rows in outcomes.items():
        evaluations = np.median([len(history) for *_, history in rows])
        seconds = np.median([seconds for _, seconds, _ in rows])
        found = [p for p, *_ in rows if loss(p) < loss(best) + 0.01]
        slopes = [np.linalg.norm(tg.grad(loss)(p)) for p in found]
        slope = f"{np.median(slopes):.0e}" if found else ""
        print(
            f"{name:<34}{evaluations:>12,.0f}{seconds:>8.3f} s{len(found):>5}/{len(rows)}"
            f"{slope:>12}".rstrip()
        )
    return best


# How sure the fit is
# -------------------


def uncertainty(residuals, best):
    """Return the standard errors of the parameters, and those of the curve."""
    covariance = np.linalg.inv(tg.hessian(lambda p: np.sum(residuals(p) ** 2) / 2)(best))
    slopes = tg.jacobian(model)(best)
    return (
        np.sqrt(np.diag(covariance)),
        np.sqrt(np.einsum("ij,jk,ik->i", slopes, covariance, slopes)),
    )


def main():
    options = read_arguments()
    rng = np.random.default_rng(options.seed)
    measured = model(TRUTH) + SIGMA * rng.normal(size=len(CHANNELS))

    def residuals(p):
        return (model(p) - measured) / SIGMA

    starts = [guess(rng) for _ in range(options.starts)]
    print(f"{len(measured)} channels, {len(TRUTH)} parameters, rough guesses: {len(starts)}\n")
    outcomes = compare(residuals, starts)
    best = report(residuals, outcomes)
    errors, band = uncertainty(residuals, best)

    print(f"\n{'centre':>8}{'found':>18}")
    for true, found, error in zip(CENTRES, *(np.split(p[3:], 3)[1] for p in (best, errors)),
                                  strict=True):  # fmt: skip
        print(f"{true:>8.2f}{found:>10.4f} ± {error:.4f}")
    draw(options.picture, measured, best, errors, band, outcomes)
    print(f"\nwrote {options.picture}")
    inside = np.mean(np.abs(best - TRUTH) < 1.96 * errors)
    print(f"{inside:.0%} of the true parameters lie in the 95% intervals that the Hessian gives")


def draw(path, measured, best, errors, band, outcomes):
    """Write the picture: the fit, its band, how fast it was found, and how good its centres are."""
    title = "SciPy minimises, tinygrad_np differentiates"
    subtitle = f"{len(CENTRES)} overlapping peaks, {len(best)} parameters, with their errors"
    curve, floor = model(best), background(best)
    with common.picture(path, title, subtitle, size=(12, 9)) as figure:
        grid = figure.add_gridspec(2, 3, height_ratios=(1, 0.9))
        grid.update(left=0.06, right=0.97, bottom=0.08, top=0.84, wspace=0.3, hspace=0.32)
        whole = figure.add_subplot(grid[0, :])
        sure, speed, centres = (figure.add_subplot(grid[1, column]) for column in range(3))

        for peak in peaks(best):
            whole.fill_between(CHANNELS, floor, floor + peak, color=BLUE, alpha=0.18, lw=0)
        whole.plot(CHANNELS, measured, "o", color=GREY, markersize=3, mew=0)
        whole.plot(CHANNELS, curve, color=RED, lw=1.8)
        whole.plot(CHANNELS, floor, color=GREY, lw=1, ls="--")
        whole.set_title("Measured, and fitted")
        whole.set(xlim=(0, 20), ylim=(0, None))

        noise = (measured - model(TRUTH)) / SIGMA
        sure.plot(
            CHANNELS, noise, "o", color=GREY, markersize=2, mew=0, alpha=0.5, label="measured"
        )
        width = 1.96 * band / SIGMA
        sure.fill_between(CHANNELS, -width, width, color=BLUE, alpha=0.25, lw=0, label="95% band")
        sure.plot(CHANNELS, (curve - model(TRUTH)) / SIGMA, color=RED, lw=1.4, label="fit")
        sure.set_title("Error of the fit, in σ")
        sure.set(xlim=(0, 20), ylim=(-2.2, 3))
        sure.legend(loc="upper center", ncols=3, fontsize=9, handlelength=1.2, columnspacing=1)

        least = np.sum(((model(best) - measured) / SIGMA) ** 2) / 2
        for names, colour, label in (
            (("L-BFGS-B, finite differences", "BFGS, finite differences"), GREY, "differences"),
            (("L-BFGS-B, tg.value_and_grad", "BFGS, tg.value_and_grad"), BLUE, "value_and_grad"),
            (("trust-exact, tg.hessian", "least_squares, tg.jacobian"), RED, "hessian, jacobian"),
        ):
            for name in names:
                history = np.minimum.accumulate(outcomes[name][0][2]) - least
                calls = np.arange(1, len(history) + 1)
                speed.plot(calls, np.maximum(history, 1e-7), color=colour, lw=1.6, label=label)
                label = None
        speed.set(xscale="log", yscale="log", xlabel="evaluations", ylim=(1e-6, 1e9))
        speed.set_title("χ²/2 above its minimum")
        speed.legend(loc="upper right", fontsize=9, handlelength=1.2)

        found, error = (np.split(p[3:], 3)[1] for p in (best, errors))
        places = np.arange(len(found))
        centres.axhline(0, color=INK, lw=1)
        centres.errorbar(places, found - CENTRES, 1.96 * error, fmt="o", color=BLUE, capsize=3)
        centres.set_title("Error of each peak's centre")
        centres.set(xticks=places, xticklabels=[f"{centre:g}" for centre in CENTRES])
        centres.tick_params(axis="x", labelrotation=90)


def read_arguments():
    """Return the options that the command line gives; end the program if they make no sense."""
    parser = common.Options(__doc__, "scipy_minimize.png", quick="one guess")
    parser.add("--starts", 5, "rough guesses that each way starts from")
    parser.add_seed()
    options = parser.parse_args()
    if options.quick:
        options.starts = 1
    return options


if __name__ == "__main__":
    main()
