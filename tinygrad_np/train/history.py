"""What a training run has reached, epoch by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DivergenceError", "History"]

SHOWN_AT_EACH_END = 8


class History:
    """The numbers of each epoch of a training run: ``history["loss"]`` is a list of them.

    The names are ``loss``, for classifiers ``accuracy``, with validation data also
    ``validation_loss`` and ``validation_accuracy``, and ``seconds``. ``len(history)`` is the number
    of epochs that were completed, ``dict(history)`` a dict of lists.

    Loss and accuracy are means over the epoch's training batches, each seen by the network as it
    was just then; those of the validation data are measured at the end of the epoch.

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
        self.rows: list[dict[str, float]] = []
        self.interrupted = False

    def append(self, row: dict[str, float]) -> None:
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
        return "validation_loss" if "validation_loss" in self.keys() else "loss"

    @property
    def best_epoch(self) -> int | None:
        """The epoch, counted from 1, of the least `criterion`; None before the first."""
        if not self.rows:
            return None
        column = self[self.criterion]
        return 1 + column.index(min(column))

    def __getitem__(self, name: str) -> list[float]:
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
        titles = ["epoch", *[title_of(name) for name in self.rows[0]]]
        body = [
            [str(epoch), *[format_number(name, row[name]) for name in row]]
            for epoch, row in enumerate(self.rows, start=1)
        ]
        if len(body) > 2 * SHOWN_AT_EACH_END + 1:
            middle = ["…"] + [""] * (len(titles) - 1)
            body = [*body[:SHOWN_AT_EACH_END], middle, *body[-SHOWN_AT_EACH_END:]]
        widths = [max(map(len, column)) for column in zip(titles, *body, strict=True)]
        return [
            "  " + "  ".join([cell.rjust(width) for cell, width in zip(line, widths, strict=True)])
            for line in [titles, *body]
        ]


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
