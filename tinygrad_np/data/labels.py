"""Labels as vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.data import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray


def one_hot(
    labels: ArrayLike, classes: int | None = None, dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """``out[..., k] = 1 if labels[...] == k else 0``.

    Parameters
    ----------
    labels : array_like of int, any shape
        Classes, from 0 to ``classes - 1``.
    classes : int, optional
        The number of classes; one more than the largest label if not given.
    dtype : dtype
        Of the result.

    Returns
    -------
    ndarray of shape ``labels.shape + (classes,)``

    Raises
    ------
    TypeError
        If the labels or ``classes`` are not integers.
    ValueError
        If a label is negative or not less than ``classes``, with the first such label and its
        index; if there is nothing to count the classes from.

    Examples
    --------
    >>> from tinygrad_np import data
    >>> data.one_hot([2, 0], classes=4)
    array([[0., 0., 1., 0.],
           [1., 0., 0., 0.]], dtype=float32)
    """
    labels = np.asarray(labels)
    if classes is not None:
        classes = checks.positive_integer("one_hot", "classes", classes)
    elif labels.size == 0:
        raise ValueError(
            f"one_hot: labels of shape {labels.shape} do not tell how many classes there are; "
            "pass classes="
        )
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"one_hot: labels must be integers, and are {labels.dtype}; if they are whole "
            "numbers, write labels.astype(np.int64)"
        )
    if classes is None:
        classes = max(int(labels.max()), 0) + 1
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        index = tuple(np.argwhere(wrong)[0].tolist())
        place = f"labels[{', '.join(map(str, index))}]" if index else "labels"
        raise ValueError(
            f"one_hot: {place} is {labels[index]}, and the labels of {classes} classes are "
            f"0 … {classes - 1}"
        )
    out = np.zeros((*labels.shape, classes), dtype)
    np.put_along_axis(out, labels[..., np.newaxis].astype(np.intp, copy=False), 1, axis=-1)
    return out
