"""A validation set, split off the training data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.data import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Pair = tuple[NDArray[Any], NDArray[Any]]


def train_validation_split(
    x: ArrayLike,
    y: ArrayLike,
    validation: float = 0.1,
    rng: np.random.Generator | None = None,
    *,
    stratify: bool = False,
) -> tuple[Pair, Pair]:
    """Split the data into ``(x_train, y_train), (x_validation, y_validation)``.

    Parameters
    ----------
    x : array_like of shape (n, ...)
        The inputs, an example a row.
    y : array_like of shape (n, ...)
        The targets; with ``stratify`` the labels, of shape ``(n,)``.
    validation : float or int
        How much goes to validation: a float between 0 and 1 is a share of the examples (rounded),
        an int a number of them.
    rng : numpy.random.Generator, optional
        Draws the validation examples. Without it they are the last ones (with ``stratify``, the
        last ones of each class), which is only right if ``x`` is in no particular order.
    stratify : bool
        Take the same share of every class, as nearly as whole examples allow.

    Returns
    -------
    (x_train, y_train), (x_validation, y_validation)
        Fresh arrays. Both parts keep the order of ``x``.

    Raises
    ------
    ValueError
        If there are no examples, ``x`` and ``y`` differ in length, or a part would be empty.
    TypeError
        If ``validation`` is not a number, ``rng`` not a Generator, or, with ``stratify``, ``y``
        is not one label an example.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import data
    >>> x, y = np.arange(8) / 10, np.array([0, 0, 0, 0, 1, 1, 1, 1])
    >>> (x_train, y_train), (x_validation, y_validation) = data.train_validation_split(x, y, 0.25)
    >>> x_validation, y_validation
    (array([0.6, 0.7]), array([1, 1]))
    >>> (x_train, y_train), (x_validation, y_validation) = data.train_validation_split(
    ...     x, y, 0.25, np.random.default_rng(0), stratify=True
    ... )
    >>> len(x_train), y_validation
    (6, array([0, 1]))
    """
    x, y = checks.examples("train_validation_split", x, y)
    checks.generator_or_none("train_validation_split", rng)
    count = _count(validation, len(x))
    if stratify and (y.ndim != 1 or y.dtype.kind == "f"):
        raise TypeError(
            f"train_validation_split: stratify=True wants one label an example, and y is "
            f"{y.dtype} of shape {y.shape}; one-hot labels become that by y.argmax(axis=-1)"
        )
    order = np.arange(len(x)) if rng is None else rng.permutation(len(x))
    chosen = np.zeros(len(x), dtype=bool)
    chosen[_last_of_each_class(order, y, count) if stratify else order[-count:]] = True
    train, held_out = np.flatnonzero(~chosen), np.flatnonzero(chosen)
    return (x.take(train, 0), y.take(train, 0)), (x.take(held_out, 0), y.take(held_out, 0))


def _count(validation: float, examples: int) -> int:
    function = "train_validation_split"
    if checks.is_integer(validation):
        count = int(validation)
    elif not isinstance(validation, float | np.floating):
        raise TypeError(
            f"{function}: validation={validation!r} must be a share of the examples (a float "
            "between 0 and 1) or a number of them (an int)"
        )
    elif not 0 < validation < 1:
        raise ValueError(
            f"{function}: validation={validation!r}: a share must lie between 0 and 1; "
            "for a number of examples pass an int"
        )
    else:
        count = round(examples * float(validation))
    if not 0 < count < examples:
        raise ValueError(
            f"{function}: validation={validation!r} means {count} of {examples} examples; "
            "validation and training both need one at least"
        )
    return count


def _last_of_each_class(order: NDArray[np.intp], y: NDArray[Any], count: int) -> NDArray[np.intp]:
    _, label, sizes = np.unique(y[order], return_inverse=True, return_counts=True)
    # Whole shares first, then one more to the classes that lost most by rounding down.
    quotas, lost = np.divmod(sizes * count, len(y))
    quotas[np.argsort(-lost, kind="stable")[: count - quotas.sum()]] += 1
    by_class = order[np.argsort(label, kind="stable")]
    ends = np.cumsum(sizes)
    return np.concatenate(
        [by_class[end - quota : end] for end, quota in zip(ends, quotas, strict=True)]
    )
