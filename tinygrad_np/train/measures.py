"""Loss and metrics, as training and evaluation take them from a model's outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..nn import losses
from ..nn.activation_layers import Sigmoid, Softmax
from ..nn.network import NeuralNetwork
from . import metrics
from .history import as_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from ..nn.layer import Layer
    from .metrics import Decide, Metric

    Loss = Callable[..., Any]
    """``loss(y_true, y_pred)``: one number, a mean over the examples; to take weights of them, it
    has the keyword ``sample_weight``."""

CLASS_LOSSES = (losses.categorical_crossentropy, losses.softmax_crossentropy)
APPLIED_BY_LOSS: dict[Any, tuple[Any, str]] = {
    losses.softmax_crossentropy: (Softmax, "loss=nn.categorical_crossentropy takes probabilities"),
    losses.sigmoid_crossentropy: (Sigmoid, "loss=nn.mse takes probabilities"),
}


def last_layer(model: Layer) -> Layer:
    while isinstance(model, NeuralNetwork):
        model = model.layers[-1]
    return model


def loss_for(function: str, loss: Loss | None, model: Layer) -> Loss:
    """Return the loss, or the default; refuse what is none, or doubles the last activation."""
    last = last_layer(model)
    if loss is None:
        if isinstance(last, Softmax):
            return losses.categorical_crossentropy
        raise ValueError(
            f"{function}: the network ends in {last!r}, not Softmax, so pass its loss: loss=nn.mse "
            "for numbers, loss=nn.softmax_crossentropy for classes from logits, or any "
            "loss(y_true, y_pred)"
        )
    if not callable(loss):
        raise TypeError(
            f"{function}: loss={loss!r} is not a function; pass one such as loss=nn.mse, or any "
            "loss(y_true, y_pred)"
        )
    kind, instead = APPLIED_BY_LOSS.get(loss, ((), ""))
    if isinstance(last, kind):
        raise ValueError(
            f"{function}: {loss.__name__} takes logits, and the network ends in {last!r}, which "
            f"would be applied twice. Leave that layer out; or {instead}"
        )
    return loss


def check_targets(
    function: str, loss: Loss, targets: NDArray[Any], outputs: NDArray[Any], of: str = ""
) -> None:
    """Raise if the targets do not fit the outputs, of which the first batch is given."""
    expected = (len(targets), *outputs.shape[1:])
    if targets.shape != expected and targets.size == np.prod(expected):
        raise ValueError(
            f"{function}: {of}y has shape {targets.shape} and the outputs have shape {expected}, "
            f"which NumPy would broadcast against each other. Make them alike: "
            f"y.reshape{(-1, *expected[1:])}"
        )
    if loss in CLASS_LOSSES:
        if targets.dtype.kind == "f" and targets.shape == expected[:-1]:
            raise ValueError(
                f"{function}: {of}y has dtype {targets.dtype}, and classes are integers; if these "
                "are whole numbers, y.astype(np.int64)"
            )
        losses.check_labels(f"{function}: {of}y", targets, np.broadcast_to(outputs[:1], expected))
    value = loss(targets[: len(outputs)], outputs)
    if np.shape(value) != ():
        raise ValueError(
            f"{function}: the loss returned shape {np.shape(value)}; it must be one number, such "
            "as the mean"
        )


def check_weighted(
    function: str, loss: Loss, targets: NDArray[Any], weights: Any, outputs: NDArray[Any]
) -> None:
    """Raise if a loss does not take weights of the examples, of which there are some."""
    if weights is None:
        return
    try:
        loss(targets[: len(outputs)], outputs, sample_weight=weights[: len(outputs)])
    except TypeError as error:
        if "sample_weight" not in str(error):
            raise
        name = getattr(loss, "__name__", repr(loss))
        raise TypeError(
            f"{function}: the loss {name} takes no weights, which it must: write {name}(y_true, "
            "y_pred, *, sample_weight=None), which returns the weighted mean over the examples, "
            "Σ w l / Σ w, as those of tinygrad_np.nn do"
        ) from error


def metrics_for(
    function: str,
    given: Sequence[Any],
    loss: Loss,
    targets: NDArray[Any],
    outputs: NDArray[Any],
    model: Layer,
) -> list[Metric]:
    """Return what is to be measured: for classes the accuracy, and what else is asked for."""
    decide = decision_for(loss, targets, outputs, model)
    found: list[Metric] = metrics.as_metrics(function, given)
    if decide is not None and all(metric.name != "accuracy" for metric in found):
        found.insert(0, metrics.Accuracy())
    for position, metric in enumerate(found):
        if isinstance(metric, metrics.ClassMetric) and metric.decide is None:
            if decide is None:
                raise ValueError(
                    f"{function}: the metric {metric.name} is one of classes, and y has none that "
                    f"fit outputs of shape {outputs.shape}; classes are integers, or 0 and 1"
                )
            found[position] = metric.deciding(decide)
    # What does not fit is to be refused before the training.
    trial = Measures(found)
    trial.add(0.0, 1, targets[: len(outputs)], outputs)
    trial.named()
    return found


def decision_for(
    loss: Loss, targets: NDArray[Any], outputs: NDArray[Any], model: Layer
) -> Decide | None:
    """Return how outputs become classes, if the task is to tell classes apart."""
    shape, output_shape = targets.shape[1:], outputs.shape[1:]
    classes = output_shape[-1] if output_shape else 1
    if classes > 1 and targets.dtype.kind in "iu" and shape == output_shape[:-1]:
        return metrics.of_labels
    if shape != output_shape:
        return None
    if loss is losses.sigmoid_crossentropy:
        return metrics.of_logits
    if not metrics.is_binary(targets):
        return metrics.of_one_hot if loss in CLASS_LOSSES else None
    if metrics.is_one_hot(targets):
        return metrics.of_one_hot
    return metrics.of_probabilities if isinstance(last_layer(model), Sigmoid) else None


def loss_of(loss: Loss, y_true: Any, y_pred: Any, weights: Any) -> Any:
    return loss(y_true, y_pred) if weights is None else loss(y_true, y_pred, sample_weight=weights)


def weight_of(y_true: NDArray[Any], weights: NDArray[Any] | None) -> float:
    """What a batch counts in a mean over all: its examples, or what they weigh together."""
    return len(y_true) if weights is None else float(weights.sum())


def counted(
    metric: Metric, y_true: NDArray[Any], y_pred: NDArray[Any], weights: NDArray[Any] | None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Leave out what has no weight."""
    if weights is None or weights.all():
        return y_true, y_pred
    if weights.ndim == y_pred.ndim > 1 and isinstance(metric, metrics.ClassMetric):
        # Of several yes-or-no questions, each is to keep its column.
        return y_true, y_pred
    chosen = weights > 0
    return y_true[chosen], y_pred[chosen]


class Measures:
    """The mean loss and the metrics of the batches so far."""

    __slots__ = ("counts", "metrics", "total", "weight")

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self.metrics = metrics
        self.total = 0.0
        self.weight = 0.0
        self.counts: list[Any] = [None] * len(metrics)

    def add(
        self,
        loss: float,
        weight: float,
        y_true: NDArray[Any],
        y_pred: NDArray[Any],
        weights: NDArray[Any] | None = None,
    ) -> None:
        """Add a batch, whose weight is the number of its examples if they have none."""
        self.total += loss * weight
        self.weight += weight
        for i, metric in enumerate(self.metrics):
            true, predicted = counted(metric, y_true, y_pred, weights)
            if len(true):
                more = metric.counts(true, predicted)
                self.counts[i] = more if self.counts[i] is None else self.counts[i] + more

    def named(self, of: str = "") -> dict[str, Any]:
        """Return what there is, under the names that a History uses."""
        numbers: dict[str, Any] = {f"{of}loss": self.total / self.weight if self.weight else 0.0}
        for metric, counts in zip(self.metrics, self.counts, strict=True):
            result = np.nan if counts is None else as_number(metric.result(counts))
            numbers[of + metric.name] = result
        return numbers

    def state(self) -> Any:
        """Return what a checkpoint keeps."""
        return [self.total, self.weight, self.counts]

    def restore(self, state: Any) -> None:
        self.total, self.weight, self.counts = state
