"""The data of a training run: checked, weighted, and split."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..data import train_validation_split
from ..nn.layer import buffers_of
from . import checks, saving
from .measures import Measures, check_targets, check_weighted, metrics_for
from .prediction import BATCH_SIZE, measure, outputs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from ..nn.layer import Layer
    from .measures import Loss
    from .metrics import Metric

    Batch = tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]
    Augment = Callable[[NDArray[Any], np.random.Generator], ArrayLike]
    """``augment(x, rng)``: the inputs of a batch, changed at random, of the same examples."""


class Data(NamedTuple):
    """Examples, the weights of them if there are any, and what is measured on them."""

    inputs: NDArray[Any]
    targets: NDArray[Any]
    weights: NDArray[Any] | None
    metrics: Sequence[Metric]

    def take(self, chosen: NDArray[np.intp]) -> Data:
        """Return some of the examples, in an order."""
        # take is faster than x[chosen] for whole rows.
        weights = None if self.weights is None else self.weights.take(chosen, 0)
        return Data(
            self.inputs.take(chosen, 0), self.targets.take(chosen, 0), weights, self.metrics
        )

    def batches(self, order: NDArray[np.intp], batch_size: int, done: int) -> Iterator[Batch]:
        """Yield the batches of an epoch, but for the first ones, which are done."""
        x, y, weights = self.inputs, self.targets, self.weights
        for start in range(done * batch_size, len(x), batch_size):
            chosen = order[start : start + batch_size]
            w = None if weights is None else weights.take(chosen, 0)
            yield x.take(chosen, 0), y.take(chosen, 0), w

    def measured(self, model: Layer, loss: Loss) -> Measures:
        return measure(
            model, self.inputs, self.targets, self.weights, loss, self.metrics, BATCH_SIZE
        )


def parts(batch: Batch, count: int) -> Iterator[Batch]:
    """Cut a batch into parts, as equal as can be."""
    x, y, w = batch
    count = min(count, len(x))
    for i in range(count):
        part = slice(len(x) * i // count, len(x) * (i + 1) // count)
        yield x[part], y[part], None if w is None else w[part]


def augmented(augment: Augment, x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Return the inputs of a batch as a function has changed them."""
    made = augment(x, rng)
    try:
        changed = np.asarray(made)
    except ValueError:
        changed = np.asarray(None)
    if changed.shape[:1] != x.shape[:1] or changed.dtype.kind not in "biuf":
        raise ValueError(
            f"fit: augment made {changed.dtype} of shape {changed.shape} of inputs of shape "
            f"{x.shape}; it must return the {len(x)} inputs that are to take their place"
        )
    return changed.astype(x.dtype, copy=False) if x.dtype.kind == "f" else changed


def check_augment(
    augment: Any, model: Layer, x: NDArray[Any], batch_size: int, rng: np.random.Generator
) -> None:
    """Raise if the model does not take what a function makes of a batch; draw nothing."""
    if not callable(augment):
        raise TypeError(f"fit: augment={augment!r} is not a function(x, rng)")
    copied = saving.generator_in(None, rng)
    outputs_of("fit", model, augmented(augment, x[:batch_size].copy(), copied))


def check_batch_of_one(model: Layer, x: NDArray[Any], batch_size: int, parts: int) -> None:
    """Raise if there will be a batch of one example, which the model does not take in training.

    That is the matter with what normalizes by a batch, and has running statistics.
    """
    size = min(batch_size, len(x))
    smallest = len(x) % size or size
    if min(smallest // min(parts, smallest), size // min(parts, size)) > 1 or not buffers_of(model):
        return
    try:
        copy.deepcopy(model)(x[:1], training=True)
    except ValueError as error:
        in_parts = f", each in {parts} parts," if parts > 1 else ""
        raise ValueError(
            f"fit: {len(x)} examples in batches of {size}{in_parts} leave one by itself, and "
            f"{error}"
        ) from error


def prepared(
    model: Layer,
    x: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    loss: Loss,
    batch_size: int,
    metrics: Sequence[Any],
    of: str = "",
) -> Data:
    """Return data that the model, the loss and the metrics take."""
    inputs, targets, weights = checks.examples("fit", x, y, sample_weight, model, of)
    first = outputs_of("fit", model, inputs[:batch_size])
    check_targets("fit", loss, targets, first, of)
    check_weighted("fit", loss, targets, weights, first)
    return Data(inputs, targets, weights, metrics_for("fit", metrics, loss, targets, first, model))


def prepared_validation(
    model: Layer, given: Any, loss: Loss, batch_size: int, metrics: Sequence[Any]
) -> Data:
    if not (isinstance(given, (tuple, list)) and len(given) in (2, 3)):
        raise TypeError(
            "fit: validation_data must be a pair of arrays, (x, y), or (x, y, sample_weight)"
        )
    x, y, weights = given if len(given) == 3 else (*given, None)
    return prepared(model, x, y, weights, loss, batch_size, metrics, "validation ")


def split(
    examples: int, validation: float, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Choose which examples to train on, and which to put aside."""
    positions = np.arange(examples)
    try:
        (kept, _), (aside, _) = train_validation_split(positions, positions, validation, rng)
    except (TypeError, ValueError) as error:
        message = str(error).replace("train_validation_split: validation", "validation_split")
        raise type(error)(f"fit: {message}") from None
    return kept, aside


def weighted_by_class(data: Data, class_weight: Any, model: Layer, loss: Loss) -> Data:
    """Multiply the weights of the examples by those of their classes."""
    outputs = outputs_of("fit", model, data.inputs[:1])
    weights = checks.class_weights("fit", class_weight, data.targets, data.weights, outputs)
    check_weighted("fit", loss, data.targets, weights, outputs)
    return data._replace(weights=weights)
