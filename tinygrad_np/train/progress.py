"""What a person sees of a training run: a live bar, and one line an epoch that stays."""

from __future__ import annotations

import math
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from .history import format_number, title_of

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

INTERVAL = 0.1


class Progress:
    """Prints a line for each epoch; between them moves a bar, where somebody can see it.

    The bar needs tqdm, and a terminal or a notebook. ``due`` is the time at which the bar is to be
    moved next, infinite if there is none, so that a training step pays for one comparison.
    """

    def __init__(self, epochs: int, steps: int, shown: bool, made: int = 0) -> None:
        self.epochs = epochs
        self.steps = steps
        self.shown = shown
        title = self._epoch(1 + made // steps)
        self.bar = make_bar(epochs * steps, title, made) if shown else None
        self.due = math.inf if self.bar is None else 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:  # fmt: skip
        if self.bar is not None:
            self.bar.close()

    def move(self, epoch: int, step: int, means: dict[str, float]) -> None:
        """Show that ``step`` steps of an epoch are done."""
        assert self.bar is not None
        self.due = perf_counter() + INTERVAL
        self.bar.n = (epoch - 1) * self.steps + step
        self.bar.set_description_str(f"{self._epoch(epoch)}  {described(means)}", refresh=False)
        self.bar.refresh()

    def epoch_ended(self, epoch: int, row: dict[str, float]) -> None:
        """Print the line of an epoch."""
        if self.shown:
            self.say(f"{self._epoch(epoch)}  {described(row)}")

    def resumed(self, path: str, epoch: int, step: int) -> None:
        """Say from where the training goes on."""
        if self.shown:
            steps = f" and {step} of {self.steps} steps" * bool(step)
            self.say(f"resumed from {path}, after {epoch} of {self.epochs} epochs{steps}")

    def say(self, line: str) -> None:
        """Print a line, above the bar if there is one."""
        if self.bar is None:
            print(line, flush=True)
        else:
            self.bar.write(line)
            sys.stdout.flush()

    def _epoch(self, epoch: int) -> str:
        return f"epoch {epoch:>{len(str(self.epochs))}}/{self.epochs}"


def described(numbers: dict[str, float]) -> str:
    return "  ".join(
        [
            f"{format_number(name, value)} s"
            if name == "seconds"
            else f"{title_of(name)} {format_number(name, value)}"
            for name, value in numbers.items()
            if np.ndim(value) == 0
        ]
    )


def make_bar(total: int, title: str, made: int) -> Any:
    """Return a tqdm bar, or None where there is no tqdm or nobody would see it move."""
    notebook = "ipykernel" in sys.modules
    # In a notebook both streams must be one, or bar and lines land in separate boxes.
    stream = sys.stdout if notebook else sys.stderr
    if not notebook and (stream is None or not stream.isatty()):
        return None
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return None
    return tqdm(
        total=total,
        initial=made,
        desc=title,
        file=stream,
        leave=False,
        smoothing=0,
        dynamic_ncols=True,
        bar_format="{desc} {percentage:3.0f}%|{bar}| {remaining} left",
    )
