"""The training loop."""

from __future__ import annotations

from math import isfinite
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import tree
from ..data import batches
from ..data import checks as data_checks
from ..nn.layer import buffers_of, is_sized
from ..optim import Adam
from ..transforms import value_and_grad
from . import checks
from .history import DivergenceError, History, format_number, title_of
from .measures import Means, accuracy_for, check_targets, loss_for
from .prediction import BATCH_SIZE, measure, outputs_of
from .progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from ..data import Batches
    from ..nn.layer import Layer
    from ..optim import Optimizer
    from .measures import Hits, Loss

    Callback = Callable[[int, History, Layer], object]
    """``callback(epoch, history, model)``, after each epoch; returns True to end the training."""

__all__ = ["fit"]


def fit(
    model: Layer,
    x: ArrayLike,
    y: ArrayLike,
    *,
    epochs: int = 10,
    batch_size: int = 32,
    loss: Loss | None = None,
    optimizer: Optimizer | None = None,
    validation_data: tuple[ArrayLike, ArrayLike] | None = None,
    rng: np.random.Generator | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
    restore_best: bool = False,
) -> History:
    """Train a model: for each batch, differentiate the loss and let the optimizer take a step.

    This is `tinygrad_np.data.batches`, `tinygrad_np.value_and_grad` and ``optimizer.step`` in two
    nested loops; the same loops, written out over a dict of arrays, lead to the same numbers.

    Parameters
    ----------
    model : Layer
        What is trained, in place. It is called with ``training=True``, and with ``training=False``
        on the validation data.
    x : array_like, shape (n, ...)
        The inputs, an example a row. Floating ones are converted to the dtype of the parameters.
    y : array_like, shape (n, ...)
        The truth, in a form that the loss takes: for classes, integers of shape (n,) or one-hot
        rows; for numbers, an array of the shape of the outputs. Floating ones are converted too.
    epochs : int
        How often to go through the data.
    batch_size : int
        How many examples there are in a step; if more than n, all of them.
    loss : callable, optional
        ``loss(y_true, y_pred)``, a mean over examples. Without it, categorical cross-entropy for a
        network that ends in `Softmax`; for others it must be given.
    optimizer : Optimizer, optional
        By default ``optim.Adam()``.
    validation_data : pair of arrays, optional
        ``(x, y)``, to measure loss and accuracy on after each epoch.
    rng : np.random.Generator, optional
        Shuffles the examples before each epoch. The same seed leads to the same parameters, to the
        last bit; without it they differ from run to run.
    callbacks : sequence of callables
        Each is called as ``callback(epoch, history, model)`` after each epoch, counted from 1. If
        one returns True, the training ends.
    progress : bool
        Whether to print a line for each epoch and, where tqdm is installed and there is a terminal
        or a notebook, to show a bar with the time left.
    restore_best : bool
        Whether to end with the parameters of the best epoch, by the validation loss or, without
        validation data, the training loss. Otherwise the model ends with those of the last epoch.

    Returns
    -------
    History
        The loss of each epoch; for classifiers also the accuracy; both for the validation data.

    Raises
    ------
    ValueError, TypeError
        Before anything is changed, if the data are not finite numbers, do not fit one another, the
        model or the loss, or if a setting makes no sense.
    DivergenceError
        If the loss or a parameter becomes NaN or infinite. The model then holds the parameters of
        the best epoch or, in the first epoch, those that it began with; the error has the history.

    Notes
    -----
    Ctrl-C ends the training, not the program: the model is left with the parameters of the best
    epoch so far (in the first epoch, as they are), a line says so, and `fit` returns the history as
    usual, with ``interrupted`` set.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import nn, optim
    >>> x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> y = np.array([0, 1, 1, 0])  # exclusive or
    >>> rng = np.random.default_rng(0)
    >>> network = nn.NeuralNetwork(
    ...     [nn.Dense(2, 16, rng=rng), nn.ReLU(), nn.Dense(16, 2, rng=rng), nn.Softmax()]
    ... )
    >>> history = fit(
    ...     network, x, y, epochs=100, optimizer=optim.Adam(0.05), rng=rng, progress=False
    ... )
    >>> history["accuracy"][-1]
    1.0
    """
    checks.check_model("fit", model)
    epochs = data_checks.positive_integer("fit", "epochs", epochs)
    batch_size = data_checks.positive_integer("fit", "batch_size", batch_size)
    data_checks.generator_or_none("fit", rng)
    check_callbacks(callbacks)
    optimizer = optimizer_for(optimizer)
    loss = loss_for("fit", loss, model)
    if not is_sized(model):
        checks.as_inputs("fit", "x", x, model)
    if not checks.parameters("fit", model):
        raise ValueError("fit: the model has no parameters: there is nothing to train")
    inputs, targets, hits = prepared(model, x, y, loss, batch_size)
    validate = validation(model, validation_data, loss, batch_size)

    rng = np.random.default_rng() if rng is None else rng
    training = batches(inputs, targets, batch_size, rng)
    history = History()
    best = Best(model)
    with Progress(epochs, len(training), progress) as shown:
        try:
            for epoch in range(1, epochs + 1):
                began = perf_counter()
                means = Means(hits)
                train_epoch(epoch, model, training, loss, optimizer, means, shown)
                check_parameters(epoch, model)
                row = {**means.named(), **validate(epoch)}
                row["seconds"] = perf_counter() - began
                best.compare(epoch, row)
                history.append(row)
                shown.epoch_ended(epoch, row)
                if True in [stops(callback(epoch, history, model)) for callback in callbacks]:
                    break
        except KeyboardInterrupt:
            history.interrupted = True
        except DivergenceError as error:
            best.restore()
            error.history = history
            kept = best.described("those from before the training")
            error.args = (f"{error}. {kept}. A smaller learning rate often helps",)
            raise
    if history.interrupted:
        if best.epoch:
            best.restore()
        kept = best.described("as the last step left them")
        print(f"interrupted after {len(history)} of {epochs} epochs. {kept}", flush=True)
    elif restore_best:
        best.restore()
    return history


def train_epoch(
    epoch: int,
    model: Layer,
    training: Batches[Any],
    loss: Loss,
    optimizer: Optimizer,
    means: Means,
    shown: Progress,
) -> None:
    """Go through the data once, with a step for each batch."""
    # To the optimizer, the parameters under their paths are the model itself, and a dict is taken
    # apart and put together again, several times in a step, faster than layers are.
    leaves, structure = tree.flatten(model)
    parameters = dict(zip(tree.paths(model), leaves, strict=True))

    def loss_and_outputs(parameters: dict[str, Any], x: Any, y: Any) -> tuple[Any, Any]:
        outputs = tree.unflatten(structure, list(parameters.values()))(x, training=True)
        return loss(y, outputs), outputs

    differentiated = value_and_grad(loss_and_outputs, has_aux=True)
    for number, (x, y) in enumerate(training, start=1):
        (value, outputs), gradients = differentiated(parameters, x, y)
        value = float(value)
        if not isfinite(value):
            raise DivergenceError(
                f"fit: in epoch {epoch}, step {number} of {len(training)}, the loss is {value}"
            )
        optimizer.step(parameters, gradients)
        means.add(value, y, outputs)
        # Not to be held while the next step makes its own.
        del outputs, gradients
        if perf_counter() >= shown.due:
            shown.move(epoch, number, means.named())


class Best:
    """The parameters at the end of the best epoch so far; before the first, at the beginning."""

    def __init__(self, model: Layer) -> None:
        self.model = model
        self.epoch = 0
        self.criterion = ""
        self.value = np.inf
        self.copies = copies_of(model)

    def compare(self, epoch: int, row: dict[str, float]) -> None:
        """Take the parameters as they are now, if the epoch was better."""
        self.criterion = "validation_loss" if "validation_loss" in row else "loss"
        value = row[self.criterion]
        if value < self.value:
            # A Ctrl-C between two arrays must not leave a mixture.
            copies = copies_of(self.model)
            self.epoch, self.value, self.copies = epoch, value, copies

    def restore(self) -> None:
        for array, copy in zip(arrays_of(self.model), self.copies, strict=True):
            np.copyto(array, copy)

    def described(self, otherwise: str) -> str:
        """Say which parameters the model has."""
        if not self.epoch:
            return f"The parameters are {otherwise}"
        value = format_number(self.criterion, self.value)
        return (
            f"The parameters are those of epoch {self.epoch}, the best so far "
            f"({title_of(self.criterion)} {value})"
        )


def arrays_of(model: Layer) -> list[NDArray[Any]]:
    """List what training changes: the parameters, and buffers such as running statistics."""
    return [*tree.leaves(model), *buffers_of(model)]


def copies_of(model: Layer) -> list[NDArray[Any]]:
    return [array.copy() for array in arrays_of(model)]


def prepared(
    model: Layer, x: ArrayLike, y: ArrayLike, loss: Loss, batch_size: int, of: str = ""
) -> tuple[NDArray[Any], NDArray[Any], Hits | None]:
    """Return the data, checked, and how to tell right answers from wrong ones."""
    inputs, targets = checks.examples("fit", x, y, model, of)
    first = outputs_of("fit", model, inputs[:batch_size])
    check_targets("fit", loss, targets, first, of)
    return inputs, targets, accuracy_for(loss, targets, first, model)


def validation(
    model: Layer, data: Any, loss: Loss, batch_size: int
) -> Callable[[int], dict[str, float]]:
    """Return what measures the model on the validation data, if there are any."""
    if data is None:
        return lambda epoch: {}
    if not (isinstance(data, (tuple, list)) and len(data) == 2):
        raise TypeError("fit: validation_data must be a pair of arrays, (x, y)")
    inputs, targets, hits = prepared(model, data[0], data[1], loss, batch_size, "validation ")

    def measured(epoch: int) -> dict[str, float]:
        means = measure(model, inputs, targets, loss, hits, BATCH_SIZE).named("validation_")
        if not isfinite(means["validation_loss"]):
            raise DivergenceError(
                f"fit: after epoch {epoch}, the validation loss is {means['validation_loss']}"
            )
        return means

    return measured


def check_parameters(epoch: int, model: Layer) -> None:
    for name, array in zip(tree.paths(model), tree.leaves(model), strict=True):
        if not np.isfinite(array).all():
            raise DivergenceError(f"fit: after epoch {epoch}, the parameter {name} is not finite")


def optimizer_for(optimizer: Optimizer | None) -> Optimizer:
    if optimizer is None:
        return Adam()
    if isinstance(optimizer, type) or not callable(getattr(optimizer, "step", None)):
        raise TypeError(
            f"fit: optimizer={optimizer!r} is not an optimizer; pass one such as optim.Adam(0.001)"
        )
    return optimizer


def check_callbacks(callbacks: Sequence[Callback]) -> None:
    if callable(callbacks) or not all(map(callable, callbacks)):
        raise TypeError("fit: callbacks must be a list of callback(epoch, history, model)")


def stops(answer: object) -> bool:
    """Whether what a callback returned is a True, and not merely something."""
    return isinstance(answer, (bool, np.bool_)) and bool(answer)
