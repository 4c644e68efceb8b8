"""Losses: one number for how far predictions are from the truth, a mean over the batch.

The operands come in the order (truth, prediction). Their shapes must agree exactly: a loss never
broadcasts, since (n, 1) against (n,) would average n² differences without a word. It has the dtype
of the prediction, to which the truth is converted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops.elementwise import product
from ..ops.table import Op, differentiable
from ..recording import Array, Recorded, constant_value, pause, remember
from .functions import (
    ARRAYS,
    as_floating,
    every_value,
    log_softmax_op,
    sigmoid_op,
    softmax_op,
    softplus_op,
)

__all__ = [
    "categorical_crossentropy", "categorical_crossentropy_derivative", "mse", "mse_derivative",
    "sigmoid_crossentropy", "softmax_crossentropy",
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


def mse(y_true: Array, y_pred: Array) -> Array:
    """Σ (y_pred − y_true)² / n: the mean squared error over all n elements.

    Parameters
    ----------
    y_true, y_pred : arrays of the same shape
        The truth and the prediction.

    Returns
    -------
    scalar

    Raises
    ------
    ValueError
        If the shapes differ or are empty.

    Examples
    --------
    >>> print(mse(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    return mse_op(*alike("mse", "y_true", y_true, "y_pred", y_pred))


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


def softmax_crossentropy(labels: Array, logits: Array) -> Array:
    """−Σ y log softmax(z) / n: cross-entropy from logits, fused and stable.

    Its gradient is (softmax(z) − y) / n (Bridle, 1990), which neither overflows nor divides by a
    vanishing probability.

    Parameters
    ----------
    labels : integer array, shape (...,), or array of probabilities, shape (batch, ..., classes)
        The truth y: a class for each example, or one-hot rows, or other distributions.
    logits : array, shape (..., classes)
        The scores z, before a softmax.

    Returns
    -------
    scalar

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
    return softmax_crossentropy_op(check_labels("softmax_crossentropy", labels, logits), logits)


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


def categorical_crossentropy(y_true: Array, y_pred: Array) -> Array:
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

    Returns
    -------
    scalar

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
    labels = check_labels(name, y_true, probabilities)
    if is_softmax(probabilities) and not getattr(labels, "node", None):
        return fuse_with_softmax(constant_value(labels), probabilities)
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


def fuse_with_softmax(labels: Array, probabilities: Any) -> Array:
    """Record the loss as a function of the logits that the probabilities were computed from."""
    p = probabilities.value
    if isinstance(p, Recorded):
        # Differentiated at an outer level, the loss is fused there too.
        loss, slope = categorical_crossentropy(labels, p), excess(labels, p)
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


def sigmoid_crossentropy(labels: Array, logits: Array) -> Array:
    """−Σ (y log σ(z) + (1 − y) log(1 − σ(z))) / n: binary cross-entropy from logits, stable.

    Parameters
    ----------
    labels : array
        The truth y, in [0, 1]: the probability of each thing being so.
    logits : array of the same shape
        The scores z, before a sigmoid.

    Returns
    -------
    scalar
        The mean over all n elements.

    Raises
    ------
    ValueError
        If the shapes differ or are empty, or a label is outside [0, 1].

    Examples
    --------
    >>> print(sigmoid_crossentropy(np.array([1.0, 0.0]), np.array([1000.0, -1000.0])))
    0.0
    """
    labels, logits = alike("sigmoid_crossentropy", "labels", labels, "logits", logits)
    values = every_value(labels)
    if not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            f"sigmoid_crossentropy: labels go from {values.min()} to {values.max()}; "
            "each is a probability, from 0 to 1"
        )
    return sigmoid_crossentropy_op(labels, logits)
