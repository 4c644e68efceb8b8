"""Callbacks: what watches a training run, writes about it, changes its course, or ends it."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.checks import positive_integer
from ..errors import require
from . import saving
from .history import OF_VALIDATION, criterion_of, draw

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self, TextIO

    from ..nn.layer import Layer
    from .history import History
    from .running import Run

__all__ = [
    "BestModel", "CSVLog", "Callback", "EarlyStopping", "LearningRate", "LivePlot",
    "ReduceOnPlateau",
]  # fmt: skip


class Callback:
    """What `fit` calls while it trains: the base class.

    A plain function will do for most: ``callback(epoch, history, model)`` is called after each
    epoch, and ends the training if it returns True. A Callback is also called at other times, is
    shown the whole run, and has a state that checkpoints keep. It defines what it needs of the
    methods below; each gets the run, with the attributes

    - ``model``, ``optimizer`` and ``history``;
    - ``epoch``, the number of epochs that were completed, and ``epochs``, how many there shall be;
    - ``step``, the number of steps made in all, and ``steps``, how many there are in an epoch.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import nn, optim, train
    >>> class Sizes(train.callbacks.Callback):
    ...     def __init__(self):
    ...         self.sizes = []
    ...
    ...     def after_step(self, run):
    ...         self.sizes.append(float(optim.global_norm(run.model)))
    ...
    ...     def state(self):
    ...         return self.sizes
    ...
    ...     def restore(self, state):
    ...         self.sizes = state
    >>> callback = Sizes()
    >>> network = nn.NeuralNetwork([nn.Dense(1, 1, rng=np.random.default_rng(0))])
    >>> x = np.ones((8, 1))
    >>> history = network.fit(
    ...     x, x, epochs=3, batch_size=2, loss=nn.mse, callbacks=[callback], progress=False
    ... )
    >>> len(callback.sizes)
    12
    """

    def begin(self, run: Run) -> None:
        """Look at the run before its first step, or before the first after it was resumed."""

    def after_step(self, run: Run) -> None:
        """Look at the run after a step of the optimizer."""

    def after_epoch(self, run: Run) -> object:
        """Look at the run after an epoch, which its history has; return True to end the run."""

    def end(self, run: Run) -> None:
        """Close what `begin` has opened; called in any case, also after an error."""

    def state(self) -> Any:
        """Return what a checkpoint is to keep: arrays, numbers, strings, None, lists and dicts."""

    def restore(self, state: Any) -> None:
        """Take over a state, after `begin`: it is what `state` returned, but new arrays."""


class Each(Callback):
    """A plain function, called after each epoch."""

    def __init__(self, function: Callable[[int, History, Layer], object]) -> None:
        self.function = function

    def after_epoch(self, run: Run) -> object:
        return self.function(run.epoch, run.history, run.model)


class Monitor:
    """A number of a history, and whether it got better.

    Without a name it is the validation loss if there is one, else the loss.
    """

    def __init__(
        self, name: str | None = None, more_is_better: bool | None = None, min_delta: float = 0.0
    ) -> None:
        self.name = name
        self.more_is_better = more_is_better
        self.min_delta = min_delta
        self.best = math.inf

    def of(self, run: Run) -> Self:
        """Return the monitor, which now knows whether more of its number is better."""
        if self.more_is_better is None:
            name = (self.name or "").removeprefix(OF_VALIDATION)
            better = [metric.more_is_better for metric in run.metrics if metric.name == name]
            self.more_is_better = any(better)
        return self

    @property
    def sign(self) -> int:
        return -1 if self.more_is_better else 1

    def value(self, place: str, row: dict[str, Any]) -> float:
        """Return the number of an epoch, or its negative, so that less is better."""
        if self.name is None:
            self.name = criterion_of(row)
        if np.ndim(row.get(self.name, [])):
            numbers = ", ".join([name for name in row if np.ndim(row[name]) == 0])
            raise ValueError(f"{place}: monitor={self.name!r}; the history has {numbers}")
        return self.sign * float(row[self.name])

    def got_better(self, place: str, row: dict[str, Any]) -> bool:
        """Whether an epoch was better than the best of those before, by more than min_delta."""
        value = self.value(place, row)
        better = value < self.best - self.min_delta
        if better:
            self.best = value
        return better


class EarlyStopping(Callback):
    """End the training when it has not got better for some epochs (Prechelt, 1998).

    Parameters
    ----------
    patience : int
        After how many epochs without a better one.
    monitor : str, optional
        A name in the history, such as ``"validation_accuracy"``; without it, the validation loss if
        there is one, else the loss.
    min_delta : float
        By how much an epoch must be better to count.
    restore_best : bool
        Whether to end with the parameters of the epoch that was best by the monitor.
    more_is_better : bool, optional
        Without it, the metric of that name says so, as ``accuracy`` does and the loss does not.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import nn, train
    >>> network = nn.NeuralNetwork([nn.Dense(1, 1, rng=np.random.default_rng(0))])
    >>> x = np.ones((8, 1))
    >>> stop = train.callbacks.EarlyStopping(patience=3, min_delta=0.1)
    >>> history = network.fit(x, x, epochs=99, loss=nn.mse, callbacks=[stop], progress=False)
    >>> len(history) < 99
    True
    """

    def __init__(
        self,
        patience: int = 5,
        monitor: str | None = None,
        *,
        min_delta: float = 0.0,
        restore_best: bool = False,
        more_is_better: bool | None = None,
    ) -> None:
        self.patience = positive_integer("EarlyStopping", "patience", patience)
        self.settings = monitor, more_is_better
        self.min_delta = min_delta
        self.restore_best = restore_best

    def begin(self, run: Run) -> None:
        """Start to count."""
        self.monitor = Monitor(*self.settings, self.min_delta).of(run)
        self.waited = 0
        if self.restore_best:
            run.keep_best(Monitor(*self.settings).of(run))

    def after_epoch(self, run: Run) -> bool:
        """Count the epochs since the best."""
        better = self.monitor.got_better("EarlyStopping", run.history.rows[-1])
        self.waited = 0 if better else self.waited + 1
        return self.waited >= self.patience

    def state(self) -> Any:
        """Return the best value and the count."""
        return [self.monitor.best, self.waited]

    def restore(self, state: Any) -> None:
        """Go on counting."""
        self.monitor.best, self.waited = state


class BestModel(Callback):
    """Save the model to a file after each epoch that is the best so far.

    Parameters
    ----------
    path : str or path-like
        The file; see `tinygrad_np.train.save`.
    monitor : str, optional
        A name in the history; without it, the validation loss if there is one, else the loss.
    more_is_better : bool, optional
        As in `EarlyStopping`.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from tinygrad_np import nn, train
    >>> network = nn.NeuralNetwork([nn.Dense(1, 1, rng=np.random.default_rng(0))])
    >>> x, path = np.ones((8, 1)), tempfile.mkdtemp() + "/best.npz"
    >>> best = train.callbacks.BestModel(path)
    >>> history = network.fit(x, x, loss=nn.mse, callbacks=[best], progress=False)
    >>> network.load(path)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        monitor: str | None = None,
        *,
        more_is_better: bool | None = None,
    ) -> None:
        self.path = saving.writable_place("BestModel", path)
        saving.check_writable("BestModel", os.path.dirname(self.path))
        self.settings = monitor, more_is_better

    def begin(self, run: Run) -> None:
        """Forget an earlier run."""
        self.monitor = Monitor(*self.settings).of(run)

    def after_epoch(self, run: Run) -> None:
        """Save the model, if it is better."""
        if self.monitor.got_better("BestModel", run.history.rows[-1]):
            saving.save(self.path, run.model)

    def state(self) -> Any:
        """Return the best value."""
        return self.monitor.best

    def restore(self, state: Any) -> None:
        """Take over the best value."""
        self.monitor.best = state


class LearningRate(Callback):
    """Set the optimizer's learning rate before each epoch.

    A schedule by the step is passed to the optimizer itself: ``optim.SGD(optim.cosine(…))``.

    Parameters
    ----------
    schedule : callable
        ``schedule(epochs)`` returns the rate for the epoch that comes after so many earlier ones:
        the schedules of `tinygrad_np.optim`, or a function.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import nn, optim, train
    >>> network = nn.NeuralNetwork([nn.Dense(1, 1, rng=np.random.default_rng(0))])
    >>> x, optimizer = np.ones((8, 1)), optim.SGD(0.1)
    >>> halved = train.callbacks.LearningRate(lambda epochs: 0.1 * 0.5**epochs)
    >>> history = network.fit(
    ...     x, x, epochs=3, loss=nn.mse, optimizer=optimizer, callbacks=[halved], progress=False
    ... )
    >>> optimizer.lr
    0.025
    """

    def __init__(self, schedule: Callable[[int], float]) -> None:
        if not callable(schedule):
            raise TypeError(f"LearningRate: schedule={schedule!r} is not a function of the epochs")
        self.schedule = schedule

    def begin(self, run: Run) -> None:
        """Set the rate of the first epoch."""
        check_no_schedule("LearningRate", run)
        set_rate("LearningRate", run, self.schedule(run.epoch))

    def after_epoch(self, run: Run) -> None:
        """Set the rate of the next epoch."""
        if run.epoch < run.epochs:
            set_rate("LearningRate", run, self.schedule(run.epoch))


class ReduceOnPlateau(Callback):
    """Lower the optimizer's learning rate when the training has not got better for some epochs.

    Parameters
    ----------
    factor : float
        What the rate is multiplied by, between 0 and 1.
    patience : int
        After how many epochs without a better one.
    monitor : str, optional
        A name in the history; without it, the validation loss if there is one, else the loss.
    min_delta : float
        By how much an epoch must be better to count.
    lowest : float
        The rate is not lowered further.
    more_is_better : bool, optional
        As in `EarlyStopping`.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import nn, optim, train
    >>> network = nn.NeuralNetwork([nn.Dense(1, 1, rng=np.random.default_rng(0))])
    >>> x, optimizer = np.ones((8, 1)), optim.SGD(0.1)
    >>> reduced = train.callbacks.ReduceOnPlateau(patience=2, lowest=1e-3, min_delta=0.1)
    >>> history = network.fit(
    ...     x, x, epochs=30, loss=nn.mse, optimizer=optimizer, callbacks=[reduced], progress=False
    ... )
    >>> optimizer.lr
    0.001
    """

    def __init__(
        self,
        factor: float = 0.1,
        patience: int = 5,
        monitor: str | None = None,
        *,
        min_delta: float = 0.0,
        lowest: float = 0.0,
        more_is_better: bool | None = None,
    ) -> None:
        if not 0 < factor < 1:
            raise ValueError(f"ReduceOnPlateau: factor={factor!r}; expected one between 0 and 1")
        self.factor = factor
        self.patience = positive_integer("ReduceOnPlateau", "patience", patience)
        self.settings = monitor, more_is_better, min_delta
        self.lowest = lowest

    def begin(self, run: Run) -> None:
        """Start to count."""
        check_no_schedule("ReduceOnPlateau", run)
        self.monitor = Monitor(*self.settings).of(run)
        self.waited = 0
        self.run = run

    def after_epoch(self, run: Run) -> None:
        """Count the epochs since the best, and lower the rate."""
        better = self.monitor.got_better("ReduceOnPlateau", run.history.rows[-1])
        self.waited = 0 if better else self.waited + 1
        if self.waited >= self.patience:
            self.waited = 0
            rate = max(run.optimizer.lr * self.factor, self.lowest)
            set_rate("ReduceOnPlateau", run, min(rate, run.optimizer.lr))

    def end(self, run: Run) -> None:
        """Let the run go."""
        del self.run

    def state(self) -> Any:
        """Return the best value, the count and the rate."""
        return [self.monitor.best, self.waited, float(self.run.optimizer.lr)]

    def restore(self, state: Any) -> None:
        """Go on counting, at the rate that was reached."""
        self.monitor.best, self.waited, self.run.optimizer.lr = state


def check_no_schedule(place: str, run: Run) -> None:
    if callable(getattr(run.optimizer, "lr", None)):
        raise ValueError(f"{place}: the optimizer's learning rate is a schedule; give it a number")


def set_rate(place: str, run: Run, rate: Any) -> None:
    if not 0 <= rate < math.inf:
        raise ValueError(f"{place}: a learning rate of {rate!r} after {run.epoch} epochs")
    if not hasattr(run.optimizer, "lr"):
        raise TypeError(f"{place}: the optimizer {run.optimizer!r} has no attribute lr to set")
    run.optimizer.lr = float(rate)


class CSVLog(Callback):
    """Write the numbers of each epoch to a file, as a table with commas, a line an epoch.

    Parameters
    ----------
    path : str or path-like
        The file. It is begun anew; in a run that is resumed, with the epochs from before.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from tinygrad_np import nn, train
    >>> network = nn.NeuralNetwork([nn.Dense(1, 1, rng=np.random.default_rng(0))])
    >>> x, path = np.ones((8, 1)), tempfile.mkdtemp() + "/log.csv"
    >>> log = train.callbacks.CSVLog(path)
    >>> history = network.fit(x, x, epochs=2, loss=nn.mse, callbacks=[log], progress=False)
    >>> with open(path) as file:
    ...     print(file.read())
    epoch,loss,seconds
    1,...
    2,...
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = saving.writable_place("CSVLog", path)
        self.file: TextIO | None = None

    def begin(self, run: Run) -> None:
        """Write what there is already."""
        self.file = open(self.path, "w", encoding="utf-8")  # noqa: SIM115 - until the run ends
        for epoch in range(1, len(run.history) + 1):
            self._write(run.history, epoch)
        self.file.flush()

    def after_epoch(self, run: Run) -> None:
        """Write a line."""
        assert self.file is not None
        self._write(run.history, len(run.history))
        self.file.flush()

    def end(self, run: Run) -> None:
        """Close the file."""
        if self.file is not None:
            self.file.close()

    def _write(self, history: History, epoch: int) -> None:
        assert self.file is not None
        row = history.numbers(epoch)
        if epoch == 1:
            print("epoch", *row, sep=",", file=self.file)
        print(epoch, *[repr(float(value)) for value in row.values()], sep=",", file=self.file)


class LivePlot(Callback):
    """Draw the history anew after each epoch: to a file, or in a notebook. It needs matplotlib.

    Parameters
    ----------
    path : str or path-like, optional
        The picture, whose suffix says in which format, as ``.png`` or ``.svg``. Without it, the
        picture is shown in the notebook.

    Raises
    ------
    ImportError
        If matplotlib is not installed, or there is neither a path nor a notebook.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from tinygrad_np import nn, train
    >>> network = nn.NeuralNetwork([nn.Dense(1, 1, rng=np.random.default_rng(0))])
    >>> x, path = np.ones((8, 1)), tempfile.mkdtemp() + "/history.svg"
    >>> plot = train.callbacks.LivePlot(path)
    >>> history = network.fit(x, x, epochs=2, loss=nn.mse, callbacks=[plot], progress=False)
    >>> os.path.exists(path)
    True
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = None
        if path is not None:
            self.path = saving.writable_place("LivePlot", path)
            saving.check_writable("LivePlot", os.path.dirname(self.path))
        self.handle: Any = None

    def begin(self, run: Run) -> None:
        """Find the notebook, and draw what there is already."""
        self.handle = None
        if self.path is None:
            self.handle = notebook_display()
        if run.history:
            self.after_epoch(run)

    def after_epoch(self, run: Run) -> None:
        """Draw."""
        if self.path is not None:
            run.history.plot(self.path)
        else:
            self.handle.update(draw(run.history))


def notebook_display() -> Any:
    """Return a place in the notebook whose content can be replaced."""
    import sys

    if "ipykernel" not in sys.modules:
        raise ImportError("LivePlot: there is no notebook to show the picture in; pass a path")
    return require("IPython.display", "plot").display(display_id=True)


def as_callbacks(given: Any) -> list[Callback]:
    """Return functions and callbacks as callbacks."""
    if callable(given) or isinstance(given, Callback) or not hasattr(given, "__iter__"):
        raise TypeError("fit: callbacks must be a list of callback(epoch, history, model)")
    found = []
    for callback in given:
        if isinstance(callback, type) or not (isinstance(callback, Callback) or callable(callback)):
            raise TypeError(
                f"fit: callbacks must be a list of callback(epoch, history, model) or of "
                f"train.callbacks.Callback, and {callback!r} is neither"
            )
        found.append(callback if isinstance(callback, Callback) else Each(callback))
    return found
