"""Losses: one number for how far predictions are from the truth, a mean over the batch.

The operands come in the order (truth, prediction). Their shapes must agree exactly: a loss never
broadcasts, since (n, 1) against (n,) would average n² differences without a word.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops.table import Op, differentiable
from ..recording import Array, Recorded, pause, remember, strip
from .functions import as_array, softmax_op

__all__ = [
    "categorical_crossentropy", "categorical_crossentropy_derivative", "mse", "mse_derivative",
    "sigmoid_crossentropy", "softmax_crossentropy",
]  # fmt: skip


def check_same_shape(name: str, first: str, a: Array, second: str, b: Array) -> None:
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
    if a.size == 0:
        raise ValueError(f"{name}: {first} and {second} are empty; the mean of nothing is undefined")


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
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    check_same_shape("mse", "y_true", y_true, "y_pred", y_pred)
    difference = y_pred - y_true
    return (difference * difference).mean()


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
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    check_same_shape("mse_derivative", "y_true", y_true, "y_pred", y_pred)
    return 2 / y_pred.size * (y_pred - y_true)


def check_labels(name: str, labels: Any, scores: Array) -> Array:
    """Return labels as an array: classes of shape (n,), or a distribution of shape (n, classes).

    Raise ValueError where they do not fit the ``scores``, one row of classes for each example.
    """
    labels = np.asarray(strip(labels))
    if scores.ndim < 2 or scores.size == 0:
        raise ValueError(
            f"{name}: predictions have shape {scores.shape}; expected (batch, classes), not empty"
        )
    classes = scores.shape[-1]
    if labels.dtype.kind in "iu" and labels.shape == scores.shape[:-1]:
        if int(labels.min()) < 0 or int(labels.max()) >= classes:
            bad = np.argwhere((labels < 0) | (labels >= classes))[0]
            raise ValueError(
                f"{name}: label {labels[tuple(bad)]} at index {', '.join(map(str, bad))} is out of "
                f"range; with {classes} classes, labels are 0 to {classes - 1}"
            )
        return labels
    if labels.shape != scores.shape:
        raise ValueError(
            f"{name}: labels of dtype {labels.dtype} have shape {labels.shape} and predictions "
            f"{scores.shape}; expected integer labels of shape {scores.shape[:-1]} or a probability "
            f"for each class, of shape {scores.shape}"
        )
    check_distribution(name, "labels", labels)
    return labels


def check_distribution(name: str, which: str, probabilities: Array) -> None:
    totals = probabilities.sum(axis=-1)
    low = probabilities.min()
    # NaN fails both comparisons; a float16 sum over many classes is off by a percent.
    if not (low >= 0 and abs(totals - 1).max() <= 0.01):
        raise ValueError(
            f"{name}: {which} are no probabilities: each row is at least 0 and sums to 1, but the "
            f"smallest is {low} and the sums go from {totals.min()} to {totals.max()}"
        )


def distribution(labels: Array, scores: Array) -> Array:
    """Return labels as a distribution over the classes, of the dtype of ``scores``."""
    if labels.ndim == scores.ndim:
        return labels.astype(scores.dtype, copy=False)
    return np.equal(labels[..., None], np.arange(scores.shape[-1])).astype(scores.dtype)


def loss_from_logits(labels: Array, logits: Array) -> tuple[Array, Array]:
    """Return the loss and its slope, (p − y) / n."""
    truth = distribution(labels, logits)
    count = truth.size // truth.shape[-1]
    shifted = logits - strip(logits).max(axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=-1, keepdims=True)
    loss = (np.log(total) * truth - shifted * truth).sum() / count
    return loss, (exponentials / total - truth) / count


softmax_crossentropy_op = differentiable(
    loss_from_logits,
    [None, lambda g, slope, labels, logits: g * slope],
    [None, lambda t, slope, labels, logits: (t * slope).sum()],
    name="softmax_crossentropy",
    hands_on=True,
)


def softmax_crossentropy(labels: Array, logits: Array) -> Array:
    """−Σ y log softmax(z) / n: cross-entropy from logits, fused and stable.

    Its gradient is (softmax(z) − y) / n (Bridle, 1990), which neither overflows nor divides by a
    vanishing probability.

    Parameters
    ----------
    labels : integer array, shape (...,), or array of probabilities, shape (..., classes)
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
    logits = as_array(logits)
    return softmax_crossentropy_op(check_labels("softmax_crossentropy", labels, logits), logits)


def loss_from_probabilities(labels: Array, probabilities: Array) -> Array:
    truth = distribution(labels, probabilities)
    smallest = np.finfo(probabilities.dtype).tiny
    return -(truth * np.log(np.maximum(probabilities, smallest))).sum() / count_rows(probabilities)


def count_rows(probabilities: Array) -> int:
    return int(probabilities.size // probabilities.shape[-1])


def slope_of_probabilities(labels: Array, probabilities: Array) -> Array:
    truth = distribution(labels, probabilities)
    smallest = np.finfo(probabilities.dtype).tiny
    return -truth / (np.maximum(probabilities, smallest) * count_rows(probabilities))


crossentropy_of_softmax = Op(
    loss_from_probabilities,
    [None, lambda g, slope, labels, logits: g * slope],
    [None, lambda t, slope, labels, logits: (t * slope).sum()],
    name="categorical_crossentropy",
)


def categorical_crossentropy(y_true: Array, y_pred: Array) -> Array:
    """−Σ y log p / n: cross-entropy of predicted probabilities.

    Where ``y_pred`` was computed by `softmax`, the gradient goes straight to the logits, in the
    fused and stable form of `softmax_crossentropy`.

    Parameters
    ----------
    y_true : integer array, shape (...,), or array of probabilities, shape (..., classes)
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
    probabilities = as_array(y_pred)
    labels = check_labels("categorical_crossentropy", y_true, probabilities)
    node = probabilities.node if isinstance(probabilities, Recorded) else None
    if node is not None and node.op is softmax_op and probabilities.level >= pause.level:
        axis = node.settings["axis"]
        if axis in (-1, probabilities.ndim - 1):
            return fuse_with_softmax(labels, probabilities)
    check_distribution("categorical_crossentropy", "y_pred", strip(probabilities))
    return loss_from_probabilities(labels, probabilities)


def fuse_with_softmax(labels: Array, probabilities: Recorded) -> Array:
    """Record the loss as a function of the logits that the probabilities were computed from."""
    p = probabilities.data
    node = probabilities.node
    assert node is not None
    slope = (p - distribution(labels, p)) / count_rows(p)
    return remember(
        crossentropy_of_softmax, type(probabilities), probabilities.level,
        (None, node.parents[0]), (slope, labels, node.parents[0]), {},
        loss_from_probabilities(labels, p),
    )  # fmt: skip


def categorical_crossentropy_derivative(y_true: Array, y_pred: Array) -> Array:
    """−y / (n p): the derivative of `categorical_crossentropy` with respect to ``y_pred``.

    Parameters
    ----------
    y_true : integer array, shape (...,), or array of probabilities, shape (..., classes)
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
    array([[-0., -2.]])
    """
    probabilities = as_array(y_pred)
    labels = check_labels("categorical_crossentropy_derivative", y_true, probabilities)
    check_distribution(
        "categorical_crossentropy_derivative", "y_pred", strip(probabilities)
    )
    return slope_of_probabilities(labels, probabilities)


def loss_from_binary_logits(labels: Array, logits: Array) -> tuple[Array, Array]:
    """Return the loss and its slope, (σ(z) − y) / n."""
    small = np.exp(-np.abs(logits))
    loss = np.maximum(logits, 0) - logits * labels + np.log1p(small)
    positive = np.where(logits >= 0, 1, small) / (1 + small)
    return loss.mean(), (positive - labels) / logits.size


sigmoid_crossentropy_op = differentiable(
    loss_from_binary_logits,
    [None, lambda g, slope, labels, logits: g * slope],
    [None, lambda t, slope, labels, logits: (t * slope).sum()],
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
    logits = as_array(logits)
    labels = np.asarray(strip(labels))
    check_same_shape("sigmoid_crossentropy", "labels", labels, "logits", logits)
    if not (labels.min() >= 0 and labels.max() <= 1):
        raise ValueError(
            f"sigmoid_crossentropy: labels go from {labels.min()} to {labels.max()}; "
            "each is a probability, from 0 to 1"
        )
    return sigmoid_crossentropy_op(labels.astype(logits.dtype, copy=False), logits)
