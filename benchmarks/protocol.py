"""What NumPy's protocols cost: a NumPy function called on Tensors, against its op called directly.

``python -m benchmarks.protocol ROUNDS SECONDS`` times both in turn, in one process, and prints
``{call: [through, directly]}``, a list of seconds for each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.driver import ROOT, Timing, environment
from benchmarks.problems import Array

Function = Callable[[Any, Any], Any]
SIZE = 10
CALLS = 100
TURNS = 20


def calls() -> dict[str, tuple[Function, Function, tuple[Array, Array]]]:
    """Return, for each call, the functions that make it both ways, and their arguments."""
    from tinygrad_np.ops import elementwise, joining, products

    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((2, SIZE))
    square = rng.standard_normal((SIZE, SIZE))
    condition = x > y
    return {
        "np.dot(x, w)": (
            lambda x, w: np.dot(x, w),
            lambda x, w: products.dot(x, w),
            (x, square),
        ),
        "np.concatenate([x, y])": (
            lambda x, y: np.concatenate([x, y]),
            lambda x, y: joining.join(x, y, axis=0),
            (x, y),
        ),
        "np.where(c, x, y)": (
            lambda x, y: np.where(condition, x, y),
            lambda x, y: elementwise.choose(condition, x, y),
            (x, y),
        ),
    }


def gradient(function: Function, arguments: tuple[Array, Array]) -> Callable[[], Any]:
    """Return a function that records a hundred calls and pulls ones back through all of them.

    What a transform itself costs would otherwise hide what a call does.
    """
    import tinygrad_np as tg

    def calls(*arguments: Any) -> list[Any]:
        return [function(*arguments) for _ in range(CALLS)]

    ones = [np.ones_like(function(*arguments))] * CALLS
    return lambda: tg.vjp(calls, *arguments)[1](ones)


def seconds_of(function: Callable[[], Any], repeats: int) -> float:
    """Time one of the calls in a gradient, the mean of some gradients."""
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - start) / repeats / CALLS


def measure(rounds: int, seconds: float) -> dict[str, list[list[float]]]:
    """Time each call both ways in turn, twenty turns a round."""
    answers = {}
    for name, (through, directly, arguments) in calls().items():
        both = [gradient(function, arguments) for function in (through, directly)]
        for one, other in zip(*[run() for run in both], strict=True):
            np.testing.assert_array_equal(one, other)
        repeats = max(1, round(seconds / TURNS / CALLS / seconds_of(both[1], 3)))
        answers[name] = [
            list(times)
            for times in zip(
                *[[seconds_of(run, repeats) for run in both] for _ in range(rounds * TURNS)],
                strict=True,
            )
        ]
    return answers


def timings(rounds: int, seconds: float, threads: int) -> dict[str, tuple[Timing, Timing]]:
    """Measure in a process of its own."""
    printed = subprocess.run(
        [sys.executable, "-m", "benchmarks.protocol", str(rounds), str(seconds)],
        stdout=subprocess.PIPE,
        check=True,
        cwd=ROOT,
        env=environment(threads),
    ).stdout
    return {
        call: (Timing({"total": through}), Timing({"total": directly}))
        for call, (through, directly) in json.loads(printed).items()
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), float(sys.argv[2]))))
