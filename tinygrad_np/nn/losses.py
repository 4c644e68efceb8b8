"""Losses: one number for how far predictions are from the truth, a mean over the batch.

The operands come in the order (truth, prediction). Their shapes must agree exactly: a loss never
broadcasts, since (n, 1) against (n,) would average n² differences without a word. It has the dtype
of the prediction, to which the truth is converted.

With weights, it is the weighted mean Σ w l / Σ w, as with PyTorch's class weights and in
scikit-learn; Keras divides by the number of examples instead. A mask is weights of 0 and 1. Where a
weight is 0, the truth may be anything, such as a class -1 or a NaN, and the gradient is 0; where
all are, so is the loss.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops.elementwise import product
from ..ops.table import Op, differentiable
from ..recording import Array, Recorded, constant_value, pause, remember
from ..tensor import stop_gradient
from .activations import number
from .functions import (
    ARRAYS,
    as_floating,
    every_value,
    log_softmax_op,
    relu,
    sigmoid_op,
    softmax_op,
    softplus_op,
)

__all__ = [
    "categorical_crossentropy", "categorical_crossentropy_derivative", "cosine_distance", "hinge",
    "huber", "kl_divergence", "mae", "mse", "mse_derivative", "sigmoid_crossentropy",
    "softmax_crossentropy",
]  # fmt: skip


def alike(name: str, first: str, a: Any, second: str, b: Any) -> tuple[Array, Array]:
    """Return the operands as arrays of one shape, not empty, and of the dtype of the second."""
    b = as_floating(name, b)
    a = as_floating(name, a)
    if a.shape != b.shape:
        squeezed = [n for n in a.shape if n != 1] == [n for n in b.shape if n != 1]
        remedy = (
            f"Make them alike: {first}.reshape({second}.shape)"
            if squeezed
            else "They must be alike, element for element"
        )
        raise ValueError(
            f"{name}: {first} has shape {a.shape} and {second} has shape {b.shape}. {remedy}"
        )
    if b.size == 0:
        raise ValueError(
            f"{name}: {first} and {second} are empty; the mean of nothing is undefined"
        )
    return (a if a.dtype == b.dtype else a.astype(b.dtype)), b


def squared_error(y_true: Array, y_pred: Array) -> tuple[Array, Array]:
    """Return the loss and its slope, 2 (y_pred − y_true) / n."""
    difference = y_pred - y_true
    slope = difference * (2 / difference.size)
    return (difference * slope).sum() / 2, slope


mse_op = differentiable(
    squared_error,
    [lambda g, slope, y_true, y_pred: -g * slope, lambda g, slope, y_true, y_pred: g * slope],
    [
        lambda t, slope, y_true, y_pred: -(t * slope).sum(),
        lambda t, slope, y_true, y_pred: (t * slope).sum(),
    ],
    name="mse",
    hands_on=True,
)


def shares(name: str, shape: tuple[int, ...], dtype: Any, **given_weights: Any) -> Array:
    """Return the weights of what has ``shape``, divided by their sum, along its first axes.

    If all weights are 0, so are the shares.
    """
    weights: Any = np.ones((), dtype)
    for which, given in given_weights.items():
        if given is None:
            continue
        if isinstance(given, dict):
            raise TypeError(f"{name}: {which} is a dict; expected an array of shape {shape}")
        if not isinstance(given, ARRAYS):
            given = np.asarray(given)
        if which == "mask" and given.dtype != bool:
            raise TypeError(
                f"{name}: the mask is of dtype {given.dtype}; expected an array of bool, True "
                "where something counts. Weights are passed as sample_weight="
            )
        one = as_floating(f"{name}: {which}", given, dtype)
        if one.ndim == 0 or one.shape != shape[: one.ndim]:
            either = f"{shape[:1]} or {shape}" if len(shape) > 1 else str(shape)
            raise ValueError(f"{name}: {which} has shape {one.shape}; expected {either}")
        values = every_value(one)
        if not (values.size and values.min() >= 0 and values.max() < np.inf):
            raise ValueError(f"{name}: {which} has negative or infinite elements, or NaN")
        one = one.reshape(one.shape + (1,) * (len(shape) - one.ndim))
        weights = weights * (one if one.dtype == dtype else one.astype(dtype))
    total = weights.sum() * (math.prod(shape) // weights.size)
    return weights / np.where(total == 0, 1, total)


def averaged(
    name: str, loss: Callable[[Array, Array], Array], y_true: Array, y_pred: Array,
    sample_weight: Any, mask: Any, fill: float = 0,
) -> Array:  # fmt: skip
    """The mean over all elements of a loss of each; ``fill`` is the truth where no weight is."""
    if sample_weight is None and mask is None:
        return loss(y_true, y_pred).mean()
    of_each = shares(name, y_pred.shape, y_pred.dtype, sample_weight=sample_weight, mask=mask)
    y_true = np.where(of_each > 0, y_true, fill)
    return (of_each * loss(y_true, y_pred)).sum()


def mse(
    y_true: Array, y_pred: Array, *, sample_weight: Array | None = None, mask: Array | None = None
) -> Array:
    """Σ (y_pred − y_true)² / n: the mean squared error over all n elements.

    Parameters
    ----------
    y_true, y_pred : arrays of the same shape
        The truth and the prediction.
    sample_weight : array, optional
        A weight for each element, or for each example: of the shape, or the first lengths of it.
    mask : array of bool, optional
        Likewise, which of them count.

    Returns
    -------
    scalar
        A weighted mean, if there are weights.

    Raises
    ------
    ValueError
        If shapes do not fit or are empty, or a weight is negative.

    Examples
    --------
    >>> print(mse(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    >>> y = np.array([1.0, np.nan])
    >>> print(mse(y, np.array([1.5, 4.0]), mask=~np.isnan(y)))
    0.25
    """
    y_true, y_pred = alike("mse", "y_true", y_true, "y_pred", y_pred)
    if sample_weight is None and mask is None:
        return mse_op(y_true, y_pred)
    return averaged("mse", squares, y_true, y_pred, sample_weight, mask)


def squares(y_true: Array, y_pred: Array) -> Array:
    difference = y_pred - y_true
    return difference * difference


def mse_derivative(y_true: Array, y_pred: Array) -> Array:
    """2 (y_pred − y_true) / n: the derivative of `mse` with respect to ``y_pred``.

    Parameters
    ----------
    y_true, y_pred : arrays of the same shape
        The truth and the prediction.

    Returns
    -------
    array
        Of the shape of ``y_pred``.

    Raises
    ------
    ValueError
        If the shapes differ or are empty.

    Examples
    --------
    >>> mse_derivative(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    array([0., 2.])
    """
    return squared_error(*alike("mse_derivative", "y_true", y_true, "y_pred", y_pred))[1]


def mae(
    y_true: Array, y_pred: Array, *, sample_weight: Array | None = None, mask: Array | None = None
) -> Array:
    """Σ |y_pred − y_true| / n: the mean absolute error over all n elements; its slope at 0 is 0.

    Parameters
    ----------
    y_true, y_pred : arrays of the same shape
        The truth and the prediction.
    sample_weight : array, optional
        A weight for each element, or for each example: of the shape, or the first lengths of it.
    mask : array of bool, optional
        Likewise, which of them count.

    Returns
    -------
    scalar
        A weighted mean, if there are weights.

    Raises
    ------
    ValueError
        If shapes do not fit or are empty, or a weight is negative.

    Examples
    --------
    >>> print(mae(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    1.0
    """
    y_true, y_pred = alike("mae", "y_true", y_true, "y_pred", y_pred)
    return averaged("mae", lambda y, p: np.abs(p - y), y_true, y_pred, sample_weight, mask)


def huber(
    y_true: Array, y_pred: Array, delta: float = 1.0, *, sample_weight: Array | None = None,
    mask: Array | None = None,
) -> Array:  # fmt: skip
    """The mean of d² / 2 where the difference d is at most δ, and of δ (|d| − δ / 2) beyond.

    Parameters
    ----------
    y_true, y_pred : arrays of the same shape
        The truth and the prediction.
    delta : float
        δ, from where on a difference counts in proportion, as an outlier.
    sample_weight : array, optional
        A weight for each element, or for each example: of the shape, or the first lengths of it.
    mask : array of bool, optional
        Likewise, which of them count.

    Returns
    -------
    scalar
        A weighted mean, if there are weights (Huber, 1964).

    Raises
    ------
    ValueError
        If shapes do not fit or are empty, a weight is negative, or δ is not positive.

    Examples
    --------
    >>> print(huber(np.array([0.0, 0.0]), np.array([1.0, 10.0])))
    5.0
    """
    delta = number("huber", "delta", delta)
    if not 0 < delta < np.inf:
        raise ValueError(f"huber: delta={delta}; expected a positive number")
    y_true, y_pred = alike("huber", "y_true", y_true, "y_pred", y_pred)

    def loss(y_true: Array, y_pred: Array) -> Array:
        difference = y_pred - y_true
        clipped = np.clip(difference, -delta, delta)
        return clipped * (difference - clipped / 2)

    return averaged("huber", loss, y_true, y_pred, sample_weight, mask)


def hinge(
    y_true: Array, y_pred: Array, *, sample_weight: Array | None = None, mask: Array | None = None
) -> Array:
    """Σ max(0, 1 − y p) / n: of two classes, −1 and 1, the score p is to be beyond the right one.

    Parameters
    ----------
    y_true : array
        The truth y, −1 or 1.
    y_pred : array of the same shape
        The score p.
    sample_weight : array, optional
        A weight for each element, or for each example: of the shape, or the first lengths of it.
    mask : array of bool, optional
        Likewise, which of them count.

    Returns
    -------
    scalar
        A weighted mean, if there are weights.

    Raises
    ------
    ValueError
        If shapes do not fit or are empty, a weight is negative, or a label is neither −1 nor 1.

    Examples
    --------
    >>> print(hinge(np.array([1, -1]), np.array([3.0, 1.0])))
    1.0
    """

    def loss(labels: Array, scores: Array) -> Array:
        values = every_value(labels)
        wrong = np.abs(values) != 1
        if wrong.any():
            raise ValueError(
                f"hinge: a label is {values[wrong].flat[0]}; expected -1 and 1. Of classes 0 and "
                "1, 2 * y_true - 1 makes them"
            )
        return relu(1 - labels * scores)

    y_true, y_pred = alike("hinge", "y_true", y_true, "y_pred", y_pred)
    return averaged("hinge", loss, y_true, y_pred, sample_weight, mask, fill=1)


def cosine_distance(
    y_true: Array, y_pred: Array, *, sample_weight: Array | None = None, mask: Array | None = None
) -> Array:
    """Σ (1 − y · p / (|y| |p|)) / n: 0 for the same direction, 1 for right angles, 2 for opposite.

    The cosine with a vector of zeros is 0.

    Parameters
    ----------
    y_true, y_pred : arrays of the same shape, (..., features)
        The true and the predicted vectors.
    sample_weight : array, optional
        A weight for each vector, or for each example: of the shape without the features, or the
        first lengths of it.
    mask : array of bool, optional
        Likewise, which of them count.

    Returns
    -------
    scalar
        A weighted mean, if there are weights. In Keras, it is less by 1.

    Raises
    ------
    ValueError
        If shapes do not fit or are empty, or a weight is negative.

    Examples
    --------
    >>> print(cosine_distance(np.array([[3.0, 0.0]]), np.array([[1e200, 1e200]])).round(6))
    0.292893
    """
    name = "cosine_distance"
    y_true, y_pred = alike(name, "y_true", y_true, "y_pred", y_pred)
    if y_pred.ndim == 0:
        raise ValueError(f"{name}: y_pred is a single number; expected (..., features)")
    # What does not count need not be finite.
    each = None
    if sample_weight is not None or mask is not None:
        each = shares(name, y_pred.shape[:-1], y_pred.dtype, sample_weight=sample_weight, mask=mask)
        y_true = np.where(each[..., np.newaxis] > 0, y_true, 0)
    distances = 1 - (direction(y_true) * direction(y_pred)).sum(axis=-1)
    return distances.mean() if each is None else (each * distances).sum()


def direction(x: Array) -> Array:
    """x / |x|, without overflow; 0 for a vector of zeros."""
    largest = np.abs(stop_gradient(x)).max(axis=-1, keepdims=True)
    x = x / np.where(largest == 0, 1, largest)
    squared = (x * x).sum(axis=-1, keepdims=True)
    return x / np.sqrt(np.where(squared == 0, 1, squared))


def check_labels(name: str, labels: Any, scores: Array) -> Array:
    """Return labels as an array: a class for each row of ``scores``, or a distribution.

    Raise ValueError where they do not fit the ``scores``, or are out of range.
    """
    if not isinstance(labels, ARRAYS):
        labels = np.asarray(labels)
    shape = scores.shape
    if not shape or scores.size == 0:
        raise ValueError(
            f"{name}: predictions have shape {shape}; expected (batch, classes), not empty"
        )
    if labels.dtype.kind in "iu" and labels.shape == shape[:-1]:
        check_range(name, every_value(labels), shape[-1])
        return labels.astype(np.intp, copy=False) if isinstance(labels, np.ndarray) else labels
    if labels.shape != shape or len(shape) < 2:
        raise ValueError(
            f"{name}: labels of dtype {labels.dtype} have shape {labels.shape} and predictions "
            f"{shape}; expected integer labels of shape {shape[:-1]}, or predictions of shape "
            "(batch, classes) and as many probabilities"
        )
    labels = as_floating(name, labels, scores.dtype)
    check_distribution(name, "labels", every_value(labels))
    return labels if labels.dtype == scores.dtype else labels.astype(scores.dtype)


def check_range(name: str, labels: Any, classes: int) -> None:
    if int(labels.min()) < 0 or int(labels.max()) >= classes:
        bad = np.argwhere((labels < 0) | (labels >= classes))[0]
        place = f" at index {', '.join(map(str, bad))}" if len(bad) else ""
        raise ValueError(
            f"{name}: label {labels[tuple(bad)]}{place} is out of range; with {classes} classes, "
            f"labels are 0 to {classes - 1}"
        )


def check_distribution(name: str, which: str, probabilities: Any) -> None:
    """Raise unless each row is at least 0 and sums to 1, but for what float16 rounds off."""
    low = probabilities.min()
    found = f"the smallest is {low}"
    # NaN fails both comparisons.
    if low >= 0:
        totals = probabilities.sum(axis=-1)
        if abs(totals - 1).max() <= 0.01:
            return
        found = f"the sums go from {totals.min()} to {totals.max()}"
    raise ValueError(
        f"{name}: {which} are no probabilities: each row is at least 0 and sums to 1, but {found}"
    )


def targets(
    name: str, labels: Any, scores: Array, label_smoothing: Any = 0.0, class_weight: Any = None,
    sample_weight: Any = None, mask: Any = None,
) -> Array:  # fmt: skip
    """Return labels checked, and such that Σ y l / n is the weighted mean of the losses l."""
    weights = None
    if sample_weight is not None or mask is not None:
        labels, weights = counted(name, labels, scores, sample_weight, mask)
    labels = check_labels(name, labels, scores)
    if weights is None and class_weight is None and not label_smoothing:
        return labels
    label_smoothing = number(name, "label_smoothing", label_smoothing)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"{name}: label_smoothing={label_smoothing}; expected 0 to 1")
    y = distribution(labels, scores)
    smooth = y * (1 - label_smoothing) + label_smoothing / y.shape[-1] if label_smoothing else y
    if class_weight is not None:
        of_class = shares(name, y.shape[-1:], y.dtype, class_weight=class_weight)
        of_rows = 1 / count_rows(y) if weights is None else weights
        total = (of_rows * (y * of_class)).sum()
        smooth = smooth * (of_class / np.where(total == 0, 1, total))
    return smooth if weights is None else smooth * (weights * count_rows(y))


def counted(
    name: str, labels: Any, scores: Array, sample_weight: Any, mask: Any
) -> tuple[Array, Array]:
    """Return labels that are right where they count nothing, and the share of each row."""
    shape = scores.shape
    weights = shares(name, shape[:-1], scores.dtype, sample_weight=sample_weight, mask=mask)
    if not isinstance(labels, ARRAYS):
        labels = np.asarray(labels)
    if labels.shape == shape[:-1]:
        labels = np.where(weights > 0, labels, 0)
    weights = weights[..., np.newaxis]
    if labels.shape == shape:
        labels = np.where(weights > 0, labels, 1 / shape[-1])
    return labels, weights


def count_rows(scores: Array) -> int:
    return int(scores.size // scores.shape[-1])


def distribution(labels: Array, scores: Array) -> Array:
    """Return labels as a distribution over the classes, of the dtype of ``scores``."""
    if labels.ndim == scores.ndim:
        return labels
    return np.equal(labels[..., None], np.arange(scores.shape[-1])).astype(scores.dtype)


def labelled(labels: Array, scores: Array) -> Any:
    """Where in the flattened ``scores`` the labelled classes are; None if they cannot be picked."""
    if labels.ndim == scores.ndim or isinstance(labels, Recorded) or isinstance(scores, Recorded):
        return None
    return np.arange(0, scores.size, scores.shape[-1]) + labels.reshape(-1)


def crossentropy(labels: Array, log_p: Array, picked: Any = None) -> Array:
    """−Σ y log p / n, where 0 log 0 is 0."""
    if picked is not None:
        terms = log_p.take(picked)
    elif isinstance(log_p, Recorded) or isinstance(labels, Recorded) or log_p.min() == -np.inf:
        terms = product(distribution(labels, log_p), log_p)
    else:
        terms = labels * log_p
    # Each term is divided, since in float16 their sum can overflow; 0 − x, since −x can be −0.
    return 0 - (terms / count_rows(log_p)).sum()


def excess(labels: Array, p: Array, picked: Any = None) -> Array:
    """p Σy − y: n times the slope of the cross-entropy of a softmax. It may overwrite p."""
    if picked is not None:
        p.put(picked, p.take(picked) - 1)
        return p
    y = distribution(labels, p)
    return p * y.sum(axis=-1, keepdims=True) - y


def mean_vjp(g: Array, slope: Array) -> Array:
    return slope * (g / count_rows(slope))


def mean_jvp(t: Array, slope: Array) -> Array:
    return (t * slope).sum() / count_rows(slope)


def loss_from_logits(labels: Array, logits: Array) -> tuple[Array, Array]:
    """Return the loss, and n times its slope."""
    picked = labelled(labels, logits)
    if isinstance(labels, Recorded) or isinstance(logits, Recorded):
        log_p, p = log_softmax_op(logits, axis=-1), softmax_op(logits, axis=-1)
    else:
        log_p = logits - logits.max(axis=-1, keepdims=True)
        p = np.exp(log_p)
        total = p.sum(axis=-1, keepdims=True)
        log_p -= np.log(total)
        p /= total
    return crossentropy(labels, log_p, picked), excess(labels, p, picked)


softmax_crossentropy_op = differentiable(
    loss_from_logits,
    [
        lambda g, slope, labels, logits: mean_vjp(-g, log_softmax_op(logits, axis=-1)),
        lambda g, slope, labels, logits: mean_vjp(g, slope),
    ],
    [
        lambda t, slope, labels, logits: -mean_jvp(t, log_softmax_op(logits, axis=-1)),
        lambda t, slope, labels, logits: mean_jvp(t, slope),
    ],
    name="softmax_crossentropy",
    hands_on=True,
)


def softmax_crossentropy(
    labels: Array, logits: Array, *, label_smoothing: float = 0.0,
    class_weight: Array | None = None, sample_weight: Array | None = None,
    mask: Array | None = None,
) -> Array:  # fmt: skip
    """−Σ y log softmax(z) / n: cross-entropy from logits, fused and stable.

    Its gradient is (softmax(z) − y) / n (Bridle, 1990), which neither overflows nor divides by a
    vanishing probability.

    Parameters
    ----------
    labels : integer array, shape (...,), or array of probabilities, shape (batch, ..., classes)
        The truth y: a class for each example, or one-hot rows, or other distributions.
    logits : array, shape (..., classes)
        The scores z, before a softmax.
    label_smoothing : float
        ε, to make of each y the distribution (1 − ε) y + ε / classes (Szegedy et al., 2016).
    class_weight : array, shape (classes,), optional
        The weight that each class gives to its examples.
    sample_weight : array, shape (batch,) or (...,), optional
        A weight for each example, or for each row of scores.
    mask : array of bool, shape (batch,) or (...,), optional
        Likewise, which of them count.

    Returns
    -------
    scalar
        The mean over all rows of scores; a weighted one, if there are weights.

    Raises
    ------
    ValueError
        If the shapes do not fit, a label is out of range, or the rows are no probabilities.

    Examples
    --------
    >>> print(softmax_crossentropy(np.array([0]), np.array([[1000.0, 0.0]])))
    0.0
    """
    logits = as_floating("softmax_crossentropy", logits)
    y = targets(
        "softmax_crossentropy", labels, logits, label_smoothing, class_weight, sample_weight, mask
    )
    return softmax_crossentropy_op(y, logits)


SMALLEST = {np.dtype(code): np.finfo(code).tiny for code in "efdg"}


def at_least_smallest(probabilities: Array) -> Array:
    return np.maximum(probabilities, SMALLEST[probabilities.dtype])


def loss_from_probabilities(labels: Array, probabilities: Array) -> tuple[Array, Array]:
    """Return the loss, and n times its slope, −y / p."""
    p = at_least_smallest(probabilities)
    loss = crossentropy(labels, np.log(p), labelled(labels, p))
    return loss, 0 - distribution(labels, p) / p


categorical_crossentropy_op = differentiable(
    loss_from_probabilities,
    [
        lambda g, slope, labels, p: mean_vjp(-g, np.log(at_least_smallest(p))),
        lambda g, slope, labels, p: mean_vjp(g, slope),
    ],
    [
        lambda t, slope, labels, p: -mean_jvp(t, np.log(at_least_smallest(p))),
        lambda t, slope, labels, p: mean_jvp(t, slope),
    ],
    name="categorical_crossentropy",
    hands_on=True,
)


def categorical_crossentropy(
    y_true: Array, y_pred: Array, *, label_smoothing: float = 0.0,
    class_weight: Array | None = None, sample_weight: Array | None = None,
    mask: Array | None = None,
) -> Array:  # fmt: skip
    """−Σ y log p / n: cross-entropy of predicted probabilities.

    Where ``y_pred`` was computed by `softmax`, the gradient goes straight to the logits, in the
    fused and stable form of `softmax_crossentropy`.

    Parameters
    ----------
    y_true : integer array, shape (...,), or array of probabilities, shape (batch, ..., classes)
        The truth: a class for each example, or one-hot rows, or other distributions.
    y_pred : array, shape (..., classes)
        The predicted probabilities p; one that underflowed to 0 counts as the smallest normal
        number.
    label_smoothing : float
        ε, to make of each y the distribution (1 − ε) y + ε / classes (Szegedy et al., 2016).
    class_weight : array, shape (classes,), optional
        The weight that each class gives to its examples.
    sample_weight : array, shape (batch,) or (...,), optional
        A weight for each example, or for each row of scores.
    mask : array of bool, shape (batch,) or (...,), optional
        Likewise, which of them count.

    Returns
    -------
    scalar
        The mean over all rows of probabilities; a weighted one, if there are weights.

    Raises
    ------
    ValueError
        If the shapes do not fit, a label is out of range, or the rows are no probabilities.

    Examples
    --------
    >>> print(categorical_crossentropy(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])).round(6))
    0.693147
    """
    name = "categorical_crossentropy"
    probabilities = as_floating(name, y_pred)
    labels = targets(
        name, y_true, probabilities, label_smoothing, class_weight, sample_weight, mask
    )
    return crossentropy_of(name, labels, probabilities)


def crossentropy_of(name: str, labels: Array, probabilities: Array) -> Array:
    """Return the cross-entropy with labels that were checked."""
    if is_softmax(probabilities) and not getattr(labels, "node", None):
        return fuse_with_softmax(name, constant_value(labels), probabilities)
    check_distribution(name, "y_pred", every_value(probabilities))
    return categorical_crossentropy_op(labels, probabilities)


def is_softmax(probabilities: Array) -> bool:
    """Whether this is what a softmax over the classes, the last axis, was recorded to return."""
    node = probabilities.node if isinstance(probabilities, Recorded) else None
    return (
        node is not None
        and node.op is softmax_op
        and probabilities.level >= pause.level
        and node.settings["axis"] in (-1, probabilities.ndim - 1)
    )


crossentropy_of_softmax = Op(
    loss_from_probabilities,
    [None, lambda g, slope, labels, logits: mean_vjp(g, slope)],
    [None, lambda t, slope, labels, logits: mean_jvp(t, slope)],
    name="categorical_crossentropy",
)


def fuse_with_softmax(name: str, labels: Array, probabilities: Any) -> Array:
    """Record the loss as a function of the logits that the probabilities were computed from."""
    p = probabilities.value
    if isinstance(p, Recorded):
        # Differentiated at an outer level, the loss is fused there too.
        loss, slope = crossentropy_of(name, labels, p), excess(labels, p)
    else:
        picked = labelled(labels, p)
        loss = crossentropy(labels, np.log(at_least_smallest(p)), picked)
        slope = excess(labels, p.copy(), picked)
    (logits,) = probabilities.node.parents
    return remember(
        crossentropy_of_softmax, type(probabilities), probabilities.level,
        (None, logits), (slope, None, logits), {}, loss,
    )  # fmt: skip


def categorical_crossentropy_derivative(y_true: Array, y_pred: Array) -> Array:
    """−y / (n p): the derivative of `categorical_crossentropy` with respect to ``y_pred``.

    Parameters
    ----------
    y_true : integer array, shape (...,), or array of probabilities, shape (batch, ..., classes)
        The truth.
    y_pred : array, shape (..., classes)
        The predicted probabilities.

    Returns
    -------
    array
        Of the shape of ``y_pred``.

    Raises
    ------
    ValueError
        If the shapes do not fit, a label is out of range, or the rows are no probabilities.

    Examples
    --------
    >>> categorical_crossentropy_derivative(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))
    array([[ 0., -2.]])
    """
    name = "categorical_crossentropy_derivative"
    probabilities = as_floating(name, y_pred)
    labels = check_labels(name, y_true, probabilities)
    check_distribution(name, "y_pred", every_value(probabilities))
    return loss_from_probabilities(labels, probabilities)[1] / count_rows(probabilities)


def kl_divergence(
    y_true: Array, y_pred: Array, *, sample_weight: Array | None = None, mask: Array | None = None
) -> Array:
    """Σ y log(y / p) / n: how far predicted probabilities are from the true ones.

    Where ``y_pred`` was computed by `softmax`, the gradient goes straight to the logits, in the
    fused and stable form of `softmax_crossentropy`.

    Parameters
    ----------
    y_true : array of probabilities, shape (batch, ..., classes)
        The true distributions y.
    y_pred : array, shape (batch, ..., classes)
        The predicted probabilities p; one that underflowed to 0 counts as the smallest normal
        number.
    sample_weight : array, shape (batch,) or (batch, ...), optional
        A weight for each example, or for each distribution.
    mask : array of bool, shape (batch,) or (batch, ...), optional
        Likewise, which of them count.

    Returns
    -------
    scalar
        The mean over all distributions; a weighted one, if there are weights (Kullback & Leibler,
        1951).

    Raises
    ------
    ValueError
        If the shapes do not fit, the rows are no probabilities, or a weight is negative.

    Examples
    --------
    >>> y = np.array([[0.5, 0.5]])
    >>> print(kl_divergence(y, y), kl_divergence(y, np.array([[0.9, 0.1]])).round(3))
    0.0 0.511
    """
    name = "kl_divergence"
    probabilities = as_floating(name, y_pred)
    weights: Any = 1
    if sample_weight is not None or mask is not None:
        y_true, shares_of_rows = counted(name, y_true, probabilities, sample_weight, mask)
        weights = shares_of_rows * count_rows(probabilities)
    y = check_labels(name, y_true, probabilities)
    if y.ndim < probabilities.ndim:
        raise ValueError(
            f"{name}: y_true has shape {y.shape}, y_pred {probabilities.shape}; expected as many "
            "probabilities. Of classes, it is categorical_crossentropy"
        )
    labels = y * weights
    negative_entropy = (labels * np.log(at_least_smallest(y))).sum() / count_rows(y)
    return crossentropy_of(name, labels, probabilities) + negative_entropy


def loss_from_binary_logits(labels: Array, logits: Array) -> tuple[Array, Array]:
    """Return the loss, and n times its slope, σ(z) − y."""
    if isinstance(labels, Recorded) or isinstance(logits, Recorded):
        terms = softplus_op(logits) - logits * labels
    else:
        # In this order a loss that is small beside the logits is not rounded off.
        terms = np.maximum(logits, 0) - logits * labels + np.log1p(np.exp(-np.abs(logits)))
    return (terms / terms.size).sum(), sigmoid_op(logits) - labels


sigmoid_crossentropy_op = differentiable(
    loss_from_binary_logits,
    [
        lambda g, slope, labels, logits: -g / logits.size * logits,
        lambda g, slope, labels, logits: g / slope.size * slope,
    ],
    [
        lambda t, slope, labels, logits: -(t * logits).sum() / logits.size,
        lambda t, slope, labels, logits: (t * slope).sum() / slope.size,
    ],
    name="sigmoid_crossentropy",
    hands_on=True,
)


def sigmoid_crossentropy(
    labels: Array, logits: Array, *, sample_weight: Array | None = None, mask: Array | None = None
) -> Array:
    """−Σ (y log σ(z) + (1 − y) log(1 − σ(z))) / n: binary cross-entropy from logits, stable.

    Parameters
    ----------
    labels : array
        The truth y, in [0, 1]: the probability of each thing being so.
    logits : array of the same shape
        The scores z, before a sigmoid.
    sample_weight : array, optional
        A weight for each element, or for each example: of the shape, or the first lengths of it.
    mask : array of bool, optional
        Likewise, which of them count.

    Returns
    -------
    scalar
        The mean over all n elements; a weighted one, if there are weights.

    Raises
    ------
    ValueError
        If the shapes differ or are empty, or a label is outside [0, 1].

    Examples
    --------
    >>> print(sigmoid_crossentropy(np.array([1.0, 0.0]), np.array([1000.0, -1000.0])))
    0.0
    """
    name = "sigmoid_crossentropy"
    labels, logits = alike(name, "labels", labels, "logits", logits)
    if sample_weight is None and mask is None:
        return sigmoid_crossentropy_op(check_probabilities(name, labels), logits)
    return averaged(
        name, lambda y, z: softplus_op(z) - z * check_probabilities(name, y),
        labels, logits, sample_weight, mask,
    )  # fmt: skip


def check_probabilities(name: str, labels: Array) -> Array:
    values = every_value(labels)
    if not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            f"{name}: labels go from {values.min()} to {values.max()}; each is a probability, "
            "from 0 to 1"
        )
    return labels
