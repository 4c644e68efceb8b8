"""What a training run has reached, epoch by epoch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import require
from .saving import replacing

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

__all__ = ["DivergenceError", "History"]

SHOWN_AT_EACH_END = 8


class History:
    """The numbers of each epoch of a training run: ``history["loss"]`` is a list of them.

    The names are ``loss``, for classifiers ``accuracy``, those of the metrics that were asked for,
    with validation data also ``validation_loss`` and so on, and ``seconds``. ``len(history)`` is
    the number of epochs that were completed, ``dict(history)`` a dict of lists.

    Loss and metrics are those of the epoch's training batches, each seen by the network as it was
    just then; those of the validation data are measured at the end of the epoch.

    Attributes
    ----------
    interrupted : bool
        Whether Ctrl-C ended the run.

    Examples
    --------
    >>> history = History()
    >>> history.append({"loss": 0.9, "validation_loss": 0.8})
    >>> history.append({"loss": 0.5, "validation_loss": 0.6})
    >>> history.append({"loss": 0.3, "validation_loss": 0.7})
    >>> history["loss"]
    [0.9, 0.5, 0.3]
    >>> history.best_epoch
    2
    >>> history
    History of 3 epochs; the best by validation loss is epoch 2
      epoch    loss  validation loss
          1  0.9000           0.8000
          2  0.5000           0.6000
          3  0.3000           0.7000
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.interrupted = False

    def append(self, row: dict[str, Any]) -> None:
        """Add the numbers of one more epoch, with the same names as before."""
        if self.rows and row.keys() != self.rows[0].keys():
            raise ValueError(
                f"History: the new epoch has {list(row)}, and those before it {list(self.rows[0])}"
            )
        self.rows.append(dict(row))

    def keys(self) -> list[str]:
        """Return the names of the numbers."""
        return list(self.rows[0]) if self.rows else []

    @property
    def criterion(self) -> str:
        """What says which epoch is best: the validation loss if there is one, else the loss."""
        return criterion_of(self.keys())

    @property
    def best_epoch(self) -> int | None:
        """The epoch, counted from 1, of the least `criterion`; None before the first."""
        if not self.rows:
            return None
        column = self[self.criterion]
        return 1 + column.index(min(column))

    def numbers(self, epoch: int) -> dict[str, float]:
        """Return the numbers of an epoch, counted from 1, without what is an array."""
        return {name: x for name, x in self.rows[epoch - 1].items() if np.ndim(x) == 0}

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Draw how the numbers went, those of the validation data beside those of the training.

        Parameters
        ----------
        path : str or path-like, optional
            Where to write the picture; the suffix says in which format, as ``.png`` or ``.svg``.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If no epoch was completed.

        Examples
        --------
        >>> import tempfile
        >>> history = History()
        >>> history.append({"loss": 0.9, "validation_loss": 0.8})
        >>> history.append({"loss": 0.5, "validation_loss": 0.6})
        >>> figure = history.plot(tempfile.mkdtemp() + "/history.png")
        >>> [axes.get_title() for axes in figure.axes]
        ['loss']
        """
        figure = draw(self)
        if path is not None:
            with replacing(path) as file:
                suffix = os.path.splitext(os.fsdecode(path))[1]
                figure.savefig(file, format=suffix[1:] or "png", dpi=150)
        return figure

    def __getitem__(self, name: str) -> list[Any]:
        if self.rows and name not in self.rows[0]:
            raise KeyError(f"no {name!r} in this history; it has {', '.join(self.rows[0])}")
        return [row[name] for row in self.rows]

    def __contains__(self, name: object) -> bool:
        return name in self.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        count = len(self.rows)
        title = f"History of {count} epoch{'s' * (count != 1)}"
        if self.interrupted:
            title += ", interrupted"
        if not self.rows:
            return title
        title += f"; the best by {title_of(self.criterion)} is epoch {self.best_epoch}"
        return "\n".join([title, *self._table()])

    def _table(self) -> list[str]:
        titles = ["epoch", *[title_of(name) for name in self.numbers(1)]]
        body = [
            [str(epoch), *[format_number(*item) for item in self.numbers(epoch).items()]]
            for epoch in range(1, len(self) + 1)
        ]
        if len(body) > 2 * SHOWN_AT_EACH_END + 1:
            middle = ["…"] + [""] * (len(titles) - 1)
            body = [*body[:SHOWN_AT_EACH_END], middle, *body[-SHOWN_AT_EACH_END:]]
        widths = [max(map(len, column)) for column in zip(titles, *body, strict=True)]
        return [
            "  " + "  ".join([cell.rjust(width) for cell, width in zip(line, widths, strict=True)])
            for line in [titles, *body]
        ]


def criterion_of(names: Container[str]) -> str:
    """What says which epoch is best, unless somebody says otherwise."""
    return "validation_loss" if "validation_loss" in names else "loss"


def as_number(value: Any) -> Any:
    """Return what a history holds: a float, or an array of float64 or int64."""
    array = np.asarray(value)
    if array.ndim == 0:
        return float(array)
    return array.astype(np.int64 if array.dtype.kind in "iub" else np.float64)


OF_VALIDATION = "validation_"
COLUMNS = 3


def draw(history: History) -> Any:
    """Draw a panel for each name, in a figure of its own that no window shows."""
    require("matplotlib", "plot")
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    if not history:
        raise ValueError("History.plot: no epoch was completed, so there is nothing to draw")
    names = [
        name
        for name in history.numbers(1)
        if name != "seconds" and not name.startswith(OF_VALIDATION)
    ]
    columns = 2 if len(names) == 4 else min(len(names), COLUMNS)
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(4 * columns + 0.5, 3.2 * rows), layout="constrained")
    epochs = range(1, len(history) + 1)
    for position, name in enumerate(names, start=1):
        axes = figure.add_subplot(rows, columns, position)
        marker = "." if len(history) <= 30 else ""
        axes.plot(epochs, history[name], marker=marker, label="training")
        if OF_VALIDATION + name in history:
            axes.plot(epochs, history[OF_VALIDATION + name], marker=marker, label="validation")
            axes.legend(frameon=False)
        axes.set_title(title_of(name))
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3)
    return figure


def title_of(name: str) -> str:
    return name.replace("_", " ")


def format_number(name: str, value: float) -> str:
    """Write a number of an epoch in about six characters."""
    if name == "seconds":
        return f"{value:.1f}"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.4f}"
    return f"{value:.3e}"


class DivergenceError(ValueError):
    """Training reached a loss or a parameter that is not a number, or is infinite.

    The network then holds its best parameters so far: those at the end of the best epoch, or those
    it began with.

    Attributes
    ----------
    history : History
        The epochs that were completed.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import nn, optim
    >>> x = np.array([[1.0], [2.0]], np.float32)
    >>> network = nn.NeuralNetwork([nn.Dense(1, 1, rng=np.random.default_rng(0))])
    >>> try:
    ...     with np.errstate(all="ignore"):
    ...         network.fit(x, x, loss=nn.mse, optimizer=optim.SGD(1e9), progress=False)
    ... except DivergenceError as error:
    ...     print(error.history)
    History of 2 epochs; the best by loss is epoch 1
    ...
    """

    def __init__(self, message: str, history: History | None = None) -> None:
        super().__init__(message)
        self.history = History() if history is None else history
