"""The training loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..data import checks as data_checks
from ..nn.layer import is_sized
from ..optim import Adam, ExponentialMovingAverage
from . import checks, saving
from .callbacks import as_callbacks
from .checkpointing import Checkpoint
from .feeding import (
    check_augment,
    check_batch_of_one,
    prepared,
    prepared_validation,
    split,
    weighted_by_class,
)
from .measures import loss_for
from .running import Run, averaged_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from ..nn.layer import Layer
    from ..optim import Optimizer
    from .checkpointing import Loaded
    from .feeding import Augment
    from .history import History
    from .measures import Loss

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
    validation_data: Sequence[ArrayLike] | None = None,
    validation_split: float | None = None,
    metrics: Sequence[Any] = (),
    sample_weight: ArrayLike | None = None,
    class_weight: dict[int, float] | ArrayLike | None = None,
    micro_batches: int = 1,
    augment: Augment | None = None,
    average: ExponentialMovingAverage | None = None,
    rng: np.random.Generator | None = None,
    callbacks: Sequence[Any] = (),
    checkpoint: Checkpoint | None = None,
    resume: bool = False,
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
    validation_data : sequence of arrays, optional
        ``(x, y)`` or ``(x, y, sample_weight)``, to measure loss and metrics on after each epoch.
    validation_split : float or int, optional
        Instead: which share of the examples, or how many, to put aside for that. ``rng`` draws
        them.
    metrics : sequence
        What to measure besides the loss and, for classes, the accuracy: names (``"accuracy"``,
        ``"top_5_accuracy"``, ``"precision"``, ``"recall"``, ``"f1"``, ``"confusion_matrix"``,
        ``"mean_absolute_error"``), metrics from `tinygrad_np.train.metrics`, or functions of
        ``(y_true, y_pred)``, whose mean over the examples is taken.
    sample_weight : array_like, shape (n,) or (n, ...), optional
        How much each example counts in the loss, which must take a ``sample_weight``; or each of
        what there is in an example, such as the steps of a sequence. What has the weight 0 or
        False, as padding does, is left out of the metrics too, and its truth may be anything.
    class_weight : dict or array_like, optional
        How much each class counts: ``class_weight[k]`` multiplies the weights of its examples. It
        is not applied to the validation data.
    micro_batches : int
        In how many parts to go through a batch, one after another. It takes less memory, and the
        step is the same up to rounding: the gradients of the parts are added up. (What looks at a
        whole batch, as `BatchNorm`, sees a part of it.)
    augment : callable, optional
        ``augment(x, rng)`` changes the inputs of a batch at random, as by shifting images, and
        returns them; it may write into ``x``. It draws from the ``rng`` that also shuffles.
    average : ExponentialMovingAverage, optional
        Averages the parameters, and running statistics with them, over the steps, as
        ``optim.ExponentialMovingAverage(0.999)``. The averages are what is validated, what
        callbacks see after an epoch, and what the model ends with; they are not trained on.
    rng : np.random.Generator, optional
        Shuffles the examples before each epoch, and is passed to ``augment``. The same seed leads
        to the same parameters, to the last bit; without it they differ from run to run.
    callbacks : sequence of callables
        Each is called as ``callback(epoch, history, model)`` after each epoch, counted from 1. If
        one returns True, the training ends. Or what `tinygrad_np.train.callbacks` has.
    checkpoint : Checkpoint, optional
        Where to save the state of the run, and how often.
    resume : bool
        Whether to go on from the newest checkpoint, if there is one. It ends with the parameters,
        to the last bit, of a run that was never stopped, if the program is the same. A checkpoint
        keeps the parameters, buffers and generators of the model, the state of the optimizer, the
        averages, ``rng``, the order of the data, the history, and the state of callbacks that say
        what it is; not what a function keeps elsewhere.
    progress : bool
        Whether to print a line for each epoch and, where tqdm is installed and there is a terminal
        or a notebook, to show a bar with the time left.
    restore_best : bool
        Whether to end with the parameters of the best epoch, by the validation loss or, without
        validation data, the training loss. Otherwise the model ends with those of the last epoch.

    Returns
    -------
    History
        The loss of each epoch, for classifiers also the accuracy, and the metrics; all of them for
        the validation data too.

    Raises
    ------
    ValueError, TypeError
        Before anything is changed, if the data are not finite numbers, do not fit one another, the
        model or the loss, if a setting makes no sense, or if a checkpoint is of another model,
        optimizer or data, or none is whole.
    DivergenceError
        If the loss, a parameter or the length of gradients to be clipped becomes NaN or infinite.
        The model then holds the parameters of the best epoch or, in the first epoch, those that it
        began with; the error has the history.

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
    micro_batches = data_checks.positive_integer("fit", "micro_batches", micro_batches)
    data_checks.generator_or_none("fit", rng)
    watching = as_callbacks(callbacks)
    optimizer = optimizer_for(optimizer, checkpoint)
    loss = loss_for("fit", loss, model)
    earlier = earlier_run(checkpoint, resume)
    if not is_sized(model):
        checks.as_inputs("fit", "x", x, model)
    if not checks.parameters("fit", model):
        raise ValueError("fit: the model has no parameters: there is nothing to train")
    check_average(average, model)

    data = prepared(model, x, y, sample_weight, loss, batch_size, metrics)
    held_out = None
    if validation_data is not None:
        if validation_split is not None:
            raise ValueError("fit: both validation_data and validation_split; pass one of them")
        held_out = prepared_validation(model, validation_data, loss, batch_size, metrics)
    rng = np.random.default_rng() if rng is None else rng
    if augment is not None:
        check_augment(augment, model, data.inputs, batch_size, rng)
    beginning: Any = rng.bit_generator.state
    if earlier is not None:
        beginning = state_at_beginning(earlier, rng)
    weighted = data
    if class_weight is not None:
        weighted = weighted_by_class(data, class_weight, model, loss)
    splitting = saving.generator_in(beginning, rng)
    if validation_split is not None:
        kept, aside = split(len(data.inputs), validation_split, splitting)
        weighted, held_out = weighted.take(kept), data.take(aside)
    check_batch_of_one(model, weighted.inputs, batch_size, micro_batches)
    if earlier is None:
        rng.bit_generator.state = splitting.bit_generator.state

    run = Run(model, optimizer, loss, epochs, watching, checkpoint, average)
    run.feed(weighted, held_out, batch_size, micro_batches, augment, rng, beginning)
    if restore_best:
        run.keep_best(run.best.monitor)
    if checkpoint is not None:
        checkpoint.make_folder()
    return run.train(earlier, progress)


def optimizer_for(optimizer: Optimizer | None, checkpoint: Checkpoint | None) -> Optimizer:
    if optimizer is None:
        return Adam()
    if isinstance(optimizer, type) or not callable(getattr(optimizer, "step", None)):
        raise TypeError(
            f"fit: optimizer={optimizer!r} is not an optimizer; pass one such as optim.Adam(0.001)"
        )
    if checkpoint is not None and not (hasattr(optimizer, "state") and hasattr(optimizer, "init")):
        raise TypeError(
            f"fit: checkpoint is for optimizers that have a state and init(params), which "
            f"{optimizer!r} lacks; see optim.Optimizer"
        )
    return optimizer


def check_average(average: Any, model: Layer) -> None:
    """Raise if something else was given, or what has averaged another model."""
    if average is None:
        return
    if not isinstance(average, ExponentialMovingAverage):
        raise TypeError(
            f"fit: average={average!r}; pass one such as optim.ExponentialMovingAverage(0.999)"
        )
    if average.state is not None:
        average.update(averaged_arrays(model), average.state)


def earlier_run(checkpoint: Checkpoint | None, resume: bool) -> Loaded | None:
    """Return the state that the run is to go on from, if there is one."""
    if checkpoint is None:
        if resume:
            raise ValueError("fit: resume=True, and no checkpoint= says from where")
        return None
    if not isinstance(checkpoint, Checkpoint):
        raise TypeError(
            f"fit: checkpoint={checkpoint!r} is not a checkpoint; write train.Checkpoint(folder)"
        )
    files = checkpoint.files()
    if files and not resume:
        raise ValueError(
            f"fit: {checkpoint.folder} has checkpoints of another run, the last after "
            f"{files[-1][0]} steps. To go on from there, resume=True; otherwise take another "
            "folder, or remove them"
        )
    earlier = checkpoint.load()
    if earlier is not None and not (
        isinstance(earlier.state, dict) and "settings" in earlier.state
    ):
        raise ValueError(f"fit: {earlier.path} was not written by fit")
    return earlier


def state_at_beginning(earlier: Loaded, rng: np.random.Generator) -> dict[str, Any]:
    """Return the state of the generator before a run drew from it."""
    state: dict[str, Any] = earlier.state["generator"]["at the beginning"]
    kind = type(rng.bit_generator).__name__
    if state["bit_generator"] != kind:
        raise ValueError(
            f"fit: rng draws from {kind}, and in the run of {earlier.path} it drew from "
            f"{state['bit_generator']}"
        )
    return state
