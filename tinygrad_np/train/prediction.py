"""Outputs of a trained model, and how good they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..data import batches
from ..data import checks as data_checks
from . import checks
from .measures import (
    Measures,
    check_targets,
    check_weighted,
    loss_for,
    loss_of,
    metrics_for,
    weight_of,
)
from .metrics import as_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

    from ..nn.layer import Layer
    from .measures import Loss
    from .metrics import Metric

__all__ = ["Evaluation", "evaluate", "predict"]

BATCH_SIZE = 256


class Result(NamedTuple):
    """What an `Evaluation` is unpacked into."""

    loss: float
    accuracy: float | None


class Evaluation(Result):
    """How good a model is on some data: the mean loss and, for a classifier, the accuracy.

    Attributes
    ----------
    loss : float
    accuracy : float or None
        The share of right answers; None where the task is not to tell classes apart.
    metrics : dict
        What else was asked for, by name.

    Examples
    --------
    >>> loss, accuracy = Evaluation(0.06, 0.98)
    """

    metrics: dict[str, Any]

    def __new__(
        cls, loss: float, accuracy: float | None, metrics: dict[str, Any] | None = None
    ) -> Self:
        evaluation = super().__new__(cls, loss, accuracy)
        evaluation.metrics = metrics or {}
        return evaluation

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (*self, self.metrics)

    def __repr__(self) -> str:
        more = f", metrics={self.metrics!r}" if self.metrics else ""
        return f"Evaluation(loss={self.loss!r}, accuracy={self.accuracy!r}{more})"


def predict(model: Layer, x: ArrayLike, batch_size: int = BATCH_SIZE) -> NDArray[Any]:
    """model(x), batch by batch, in plain NumPy: nothing is recorded.

    Parameters
    ----------
    model : Layer
        It is called with ``training=False``.
    x : array_like, shape (n, ...)
        The inputs, an example a row. Floating ones are converted to the dtype of the parameters.
    batch_size : int
        How many examples go through the model at once: a matter of memory and speed.

    Returns
    -------
    ndarray, shape (n, ...)

    Raises
    ------
    ValueError, TypeError
        If x is not numeric, has no examples, or does not fit the model.

    Examples
    --------
    >>> from tinygrad_np import nn
    >>> predict(nn.NeuralNetwork([nn.ReLU()]), [[-1.0, 2.0], [3.0, -4.0]])
    array([[0., 2.], [3., 0.]])
    """
    checks.check_model("predict", model)
    batch_size = data_checks.positive_integer("predict", "batch_size", batch_size)
    inputs = checks.as_inputs("predict", "x", x, model)
    if inputs.ndim == 1:
        # Cut into batches, one example of many features would look like examples of one.
        batch_size = len(inputs)
    predictions: NDArray[Any] | None = None
    for start in range(0, len(inputs), batch_size):
        outputs = outputs_of("predict", model, inputs[start : start + batch_size])
        if predictions is None:
            predictions = np.empty((len(inputs), *outputs.shape[1:]), outputs.dtype)
        predictions[start : start + batch_size] = outputs
    assert predictions is not None
    return predictions


def outputs_of(function: str, model: Layer, inputs: NDArray[Any]) -> NDArray[Any]:
    """Call the model, and make sure that it took the rows for examples."""
    outputs: NDArray[Any] = model(inputs, training=False)
    if np.shape(outputs)[:1] != inputs.shape[:1]:
        raise ValueError(
            f"{function}: from x of shape {inputs.shape} the model made shape {np.shape(outputs)}, "
            f"not {len(inputs)} outputs. The first axis of x counts the examples; a single example "
            "is x[np.newaxis]"
        )
    return outputs


def evaluate(
    model: Layer,
    x: ArrayLike,
    y: ArrayLike,
    *,
    loss: Loss | None = None,
    metrics: Sequence[Any] = (),
    sample_weight: ArrayLike | None = None,
    batch_size: int = BATCH_SIZE,
) -> Evaluation:
    """Measure a model on data: the mean loss and, for a classifier, the accuracy.

    Parameters
    ----------
    model : Layer
        It is called with ``training=False``.
    x : array_like, shape (n, ...)
        The inputs, an example a row.
    y : array_like, shape (n, ...)
        The truth, in a form that the loss takes.
    loss : callable, optional
        ``loss(y_true, y_pred)``, a mean over examples. Without it, categorical cross-entropy for a
        network that ends in `Softmax`.
    metrics : sequence
        What else to measure: names, such as ``"f1"`` or ``"confusion_matrix"``, metrics from
        `tinygrad_np.train.metrics`, or functions of ``(y_true, y_pred)``, whose mean over the
        examples is taken.
    sample_weight : array_like, shape (n,) or (n, ...), optional
        A weight for each example, or for each of what there is in one, in the loss. Metrics leave
        out what has the weight 0, and count all else alike.
    batch_size : int
        How many examples go through the model at once.

    Returns
    -------
    Evaluation
        ``(loss, accuracy)``; the accuracy is None if the task is not to tell classes apart. Its
        attribute ``metrics`` is a dict of what was asked for.

    Raises
    ------
    ValueError, TypeError
        If there is no loss, or the data do not fit one another, the model or the loss.

    Examples
    --------
    >>> from tinygrad_np import nn
    >>> network = nn.NeuralNetwork([nn.Softmax()])
    >>> evaluate(network, [[0.0, 9.0], [0.0, 9.0]], [1, 0]).accuracy
    0.5
    """
    checks.check_model("evaluate", model)
    batch_size = data_checks.positive_integer("evaluate", "batch_size", batch_size)
    loss = loss_for("evaluate", loss, model)
    inputs, targets, weights = checks.examples("evaluate", x, y, sample_weight, model)
    first = outputs_of("evaluate", model, inputs[:batch_size])
    check_targets("evaluate", loss, targets, first)
    check_weighted("evaluate", loss, targets, weights, first)
    measured = metrics_for("evaluate", metrics, loss, targets, first, model)
    numbers = measure(model, inputs, targets, weights, loss, measured, batch_size).named()
    asked = {metric.name: numbers[metric.name] for metric in as_metrics("evaluate", metrics)}
    return Evaluation(numbers["loss"], numbers.get("accuracy"), asked)


def measure(
    model: Layer,
    inputs: NDArray[Any],
    targets: NDArray[Any],
    weights: NDArray[Any] | None,
    loss: Loss,
    metrics: Sequence[Metric],
    batch_size: int,
) -> Measures:
    """Go through the data once."""
    measures = Measures(metrics)
    start = 0
    for x, y in batches(inputs, targets, batch_size):
        w = None if weights is None else weights[start : start + batch_size]
        start += batch_size
        outputs = model(x, training=False)
        measures.add(float(loss_of(loss, y, outputs, w)), weight_of(y, w), y, outputs, w)
    return measures
