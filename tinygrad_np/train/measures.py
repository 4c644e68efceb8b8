"""Loss and accuracy, as training and evaluation take them from a model's outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..nn import losses
from ..nn.activation_layers import Sigmoid, Softmax
from ..nn.network import NeuralNetwork

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ..nn.layer import Layer

    Loss = Callable[[Any, Any], Any]
    """``loss(y_true, y_pred)``: one number, a mean over the examples."""
    Hits = Callable[[NDArray[Any], NDArray[Any]], Any]
    """``hits(y_true, y_pred)``: an array that says of each answer whether it is right."""

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


def accuracy_for(
    loss: Loss, targets: NDArray[Any], outputs: NDArray[Any], model: Layer
) -> Hits | None:
    """Return how to tell right answers from wrong ones, if the task is to tell classes apart."""
    shape, output_shape = targets.shape[1:], outputs.shape[1:]
    classes = output_shape[-1] if output_shape else 1
    if classes > 1 and targets.dtype.kind in "iu" and shape == output_shape[:-1]:
        return hits_of_labels
    if shape != output_shape:
        return None
    if loss is losses.sigmoid_crossentropy:
        return hits_of_logits
    if not is_binary(targets):
        return hits_of_one_hot if loss in CLASS_LOSSES else None
    if classes > 1 and (targets.sum(axis=-1) == 1).all():
        return hits_of_one_hot
    return hits_of_probabilities if isinstance(last_layer(model), Sigmoid) else None


def is_binary(values: NDArray[Any]) -> bool:
    return bool(((values == 0) | (values == 1)).all())


def hits_of_labels(y_true: NDArray[Any], y_pred: NDArray[Any]) -> Any:
    return y_pred.argmax(axis=-1) == y_true


def hits_of_one_hot(y_true: NDArray[Any], y_pred: NDArray[Any]) -> Any:
    return y_pred.argmax(axis=-1) == y_true.argmax(axis=-1)


def hits_of_logits(y_true: NDArray[Any], y_pred: NDArray[Any]) -> Any:
    return (y_pred > 0) == (y_true > 0.5)


def hits_of_probabilities(y_true: NDArray[Any], y_pred: NDArray[Any]) -> Any:
    return (y_pred > 0.5) == (y_true > 0.5)


class Means:
    """The mean loss and the accuracy of the batches so far."""

    __slots__ = ("answers", "examples", "hits", "right", "total")

    def __init__(self, hits: Hits | None) -> None:
        self.hits = hits
        self.total = 0.0
        self.examples = 0
        self.right = 0
        self.answers = 0

    def add(self, loss: float, y_true: NDArray[Any], y_pred: NDArray[Any]) -> None:
        examples = len(y_true)
        self.total += loss * examples
        self.examples += examples
        if self.hits is not None:
            hits = self.hits(y_true, y_pred)
            self.right += int(np.count_nonzero(hits))
            self.answers += hits.size

    def named(self, of: str = "") -> dict[str, float]:
        """Return what there is, under the names that a History uses."""
        means = {f"{of}loss": self.total / self.examples}
        if self.hits is not None:
            means[f"{of}accuracy"] = self.right / self.answers
        return means
