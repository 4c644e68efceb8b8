"""One library, one problem, one process: obeys commands on standard input.

``python -m benchmarks.worker LIBRARY PROBLEM`` checks its results against those worked out by hand,
says so, and then answers each line: ``run N`` with the seconds of each part of a round of ``N``
(a median), ``traced`` with the bytes that a step of an MLP needs at its peak.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.libraries import LIBRARIES, by_hand
from benchmarks.problems import LEARNING_RATE, PROBLEMS, Array, Chain, Step

Round = Callable[[], dict[str, float]]

STACK_BYTES = 512 * 2**20
CLEAR_REFS = Path("/proc/self/clear_refs")


def assert_agree(got: Any, expected: Any, roundings: Any = None) -> None:
    """Raise unless every array is that of the hand-written code, to 1e-4 of its largest value.

    Each may be off by its rounding besides.
    """
    roundings = [0.0] * len(expected) if roundings is None else roundings
    triples = zip(got, expected, roundings, strict=True)
    for i, (mine, reference, rounding) in enumerate(triples):
        largest = np.max(np.abs(reference))
        error = np.max(np.abs(np.asarray(mine) - reference)) / largest
        if not error <= 1e-4 + rounding / largest:
            raise AssertionError(f"gradient {i} differs from the hand-written one by {error:.1e}")


def gradients(before: list[Array], after: list[Any]) -> list[Array]:
    """Return the gradients that took ``before`` to ``after``."""
    return [(old - np.asarray(new)) / LEARNING_RATE for old, new in zip(before, after, strict=True)]


def step_round(module: Any, problem: Step) -> tuple[Round, int]:
    """Return a timed step, after two steps whose losses and gradients were right.

    With it, by how many bytes the process grew at the peak of two steps, after a few small ones.
    """
    make = getattr(module, problem.kind)
    small = problem._replace(batch=2)
    for _ in range(2):
        make(small.parameters(), *small.data())[0]()
    step, read = make(problem.parameters(), *problem.data())
    before_steps = watch_resident_memory()
    float(step())
    float(step())
    grown = resident_memory("VmHWM") - before_steps

    step, read = make(problem.parameters(), *problem.data())
    expected_step, expected = getattr(by_hand, problem.kind)(problem.parameters(), *problem.data())
    before = problem.parameters()
    for _ in range(2):
        assert_agree([float(step())], [float(expected_step())])
        after = [np.array(parameter) for parameter in expected()]
        # A gradient is the difference of two parameters, of which each is rounded.
        eps = np.finfo(np.float32).eps / LEARNING_RATE
        roundings = [eps * np.max(np.abs(parameter)) for parameter in before]
        found, correct = gradients(before, read()), gradients(before, after)
        assert_agree(found, correct, roundings)
        before = after

    def timed() -> dict[str, float]:
        start = time.perf_counter()
        step()
        return {"total": time.perf_counter() - start}

    return timed, grown


def chain_round(module: Any, problem: Chain) -> tuple[Round, int]:
    """Return a timed forward and backward, in seconds per link, after one that was right.

    Its total also counts the freeing of the graph. With it, by how many bytes the process grew at
    the peak of that first one: later ones reuse what the allocator keeps.
    """
    warm_forward, warm_backward = module.chain(30, *problem.leaves())
    warm_backward(warm_forward())
    forward, backward = module.chain(problem.links, *problem.leaves())
    before = watch_resident_memory()
    gradients = backward(forward())
    grown = resident_memory("VmHWM") - before
    expected_forward, expected_backward = by_hand.chain(problem.links, *problem.leaves())
    assert_agree(gradients, expected_backward(expected_forward()))
    del gradients

    def timed() -> dict[str, float]:
        start = time.perf_counter()
        recorded = forward()
        middle = time.perf_counter()
        gradients = backward(recorded)
        end = time.perf_counter()
        del recorded, gradients
        freed = time.perf_counter()
        return {
            "forward": (middle - start) / problem.links,
            "backward": (end - middle) / problem.links,
            "total": (freed - start) / problem.links,
        }

    return timed, grown


def watch_resident_memory() -> int:
    """Start a new high-water mark of the process's memory, and return where it starts, in bytes."""
    gc.collect()
    if CLEAR_REFS.exists():
        CLEAR_REFS.write_text("5")
    return resident_memory("VmRSS")


def resident_memory(field: str) -> int:
    """Return a field of Linux's account of this process, in bytes; 0 on other systems."""
    if not CLEAR_REFS.exists():
        return 0
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def traced_peak(module: Any, problem: Step) -> int:
    """Return the most bytes that a step needs besides its inputs, as ``tracemalloc`` counts them.

    NumPy reports its buffers to it, so that they count exactly; PyTorch and JAX do not. What a
    library keeps from one step to the next counts too.
    """
    import tracemalloc

    tracemalloc.start()
    step, _ = getattr(module, problem.kind)(problem.parameters(), *problem.data())
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    for _ in range(2):
        step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - before


def obey(library: str, problem_name: str) -> None:
    """Prepare, say by how many bytes that made the process grow, and answer until input ends."""
    problem = PROBLEMS[problem_name]
    module = importlib.import_module(f"benchmarks.libraries.{LIBRARIES[library].module}")
    if isinstance(problem, Chain):
        run, grown = chain_round(module, problem)
    else:
        run, grown = step_round(module, problem)
    print(json.dumps(grown), flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        answer: Any = None
        if command == "run":
            times = [run() for _ in range(int(arguments[0]))]
            answer = {part: median(each[part] for each in times) for part in times[0]}
        elif not isinstance(problem, Chain):
            answer = traced_peak(module, problem)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    # A recursive library needs the stack that only a thread can be given.
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=obey, args=tuple(sys.argv[1:]))
    thread.start()
    thread.join()
