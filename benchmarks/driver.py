"""Runs live worker processes in turn, so that every library meets the same disturbances."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.libraries import LIBRARIES
from benchmarks.problems import PROBLEMS

ROOT = Path(__file__).resolve().parent.parent
# Threads that have just worked spin for a moment before they sleep; the next process waits for it.
PAUSE_SECONDS = 0.1


class Timing(NamedTuple):
    """The rounds of one library: ``seconds[part][i]`` is its ``part`` in round ``i``."""

    seconds: dict[str, list[float]]

    def median(self, part: str = "total") -> float:
        """Return the median over the rounds."""
        return median(self.seconds[part])

    def ratio(self, other: Timing, part: str = "total") -> float:
        """Return the median over the rounds of this time divided by the other's in that round."""
        pairs = zip(self.seconds[part], other.seconds[part], strict=True)
        return median(mine / theirs for mine, theirs in pairs)


class Worker:
    """A live process that has verified its results; raises RuntimeError if it cannot."""

    def __init__(self, library: str, problem: str, threads: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", library, problem],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(threads),
        )
        self.grown: int = self.answer()

    def ask(self, command: str) -> Any:
        """Send a command and wait for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> Any:
        """Read one answer; the last line of a failed process's traceback says why there is none."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        _, errors = self.process.communicate()
        reason = errors.strip() or f"ended with code {self.process.returncode}"
        raise RuntimeError(reason.splitlines()[-1])

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def environment(threads: int) -> dict[str, str]:
    """Return the environment in which each library uses ``threads`` threads."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")
    return os.environ | dict.fromkeys(names, str(threads))


def start(libraries: list[str], problem: str, threads: int) -> dict[str, Worker]:
    """Start a worker for each library it is for, and say which ones are skipped and why."""
    kind = PROBLEMS[problem].kind
    workers = {}
    for library in [name for name in libraries if kind in LIBRARIES[name].kinds]:
        try:
            workers[library] = Worker(library, problem, threads)
        except RuntimeError as error:
            print(f"{problem}: skipped {LIBRARIES[library].title}: {error}", file=sys.stderr)
    return workers


def interleave(
    libraries: list[str], problem: str, threads: int, rounds: int, seconds: float
) -> dict[str, Timing]:
    """Time one problem: A B C A B C …, each turn about ``seconds`` long and a median itself."""
    workers = start(libraries, problem, threads)
    repeats, timings = {}, {}
    for library, worker in workers.items():
        began = time.perf_counter()
        worker.ask("run 3")
        repeats[library] = max(1, round(seconds / ((time.perf_counter() - began) / 3)))
        timings[library] = Timing({})
    for number in range(rounds + 1):
        for library, worker in workers.items():
            time.sleep(PAUSE_SECONDS if seconds else 0)
            for part, value in worker.ask(f"run {repeats[library] if seconds else 1}").items():
                if number:  # the first round warms up
                    timings[library].seconds.setdefault(part, []).append(value)
        print(f"{problem}: round {number} of {rounds}", file=sys.stderr)
    for worker in workers.values():
        worker.close()
    return timings


def traced(libraries: list[str], problem: str, threads: int) -> dict[str, int]:
    """Ask each library for the bytes that a step holds at its peak."""
    workers = start(libraries, problem, threads)
    answers = {library: worker.ask("traced") for library, worker in workers.items()}
    for worker in workers.values():
        worker.close()
    return answers


def alone(libraries: list[str], problem: str, threads: int) -> dict[str, tuple[int, float]]:
    """Run each library by itself: by how many bytes it grew, and its seconds."""
    answers = {}
    for library in libraries:
        for worker in start([library], problem, threads).values():
            answers[library] = worker.grown, worker.ask("run 1")["total"]
            worker.close()
    return answers
