"""Batches of examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import numpy as np

from tinygrad_np.data import checks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

Batch = TypeVar("Batch")


class Batches(Generic[Batch]):
    """The batches of one pass over the data; what `batches` returns.

    ``for batch in self`` is one pass, ``len(self)`` the number of batches in it. Each pass draws
    its own permutation from ``rng``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import data
    >>> one_epoch = data.batches(np.arange(6), None, 2, np.random.default_rng(0))
    >>> len(one_epoch)
    3
    >>> np.sort(np.concatenate(list(one_epoch)))
    array([0, 1, 2, 3, 4, 5])
    """

    def __init__(
        self,
        x: NDArray[Any],
        y: NDArray[Any] | None,
        batch_size: int,
        rng: np.random.Generator | None,
        drop_last: bool,
    ) -> None:
        self.x = x
        self.y = y
        self.batch_size = batch_size
        self.rng = rng
        self.drop_last = drop_last

    def __len__(self) -> int:
        """Return the number of batches in a pass."""
        full, rest = divmod(len(self.x), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of one pass."""
        starts = range(0, len(self) * self.batch_size, self.batch_size)
        return self._in_order(starts) if self.rng is None else self._shuffled(starts, self.rng)

    def _in_order(self, starts: range) -> Iterator[Any]:
        x = _read_only(self.x)
        y = None if self.y is None else _read_only(self.y)
        for start in starts:
            part = slice(start, start + self.batch_size)
            yield x[part] if y is None else (x[part], y[part])

    def _shuffled(self, starts: range, rng: np.random.Generator) -> Iterator[Any]:
        x, y = self.x, self.y
        order = rng.permutation(len(x))
        for start in starts:
            chosen = order[start : start + self.batch_size]
            # take is faster than x[chosen] for whole rows.
            yield x.take(chosen, 0) if y is None else (x.take(chosen, 0), y.take(chosen, 0))


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


@overload
def batches(
    x: ArrayLike,
    y: ArrayLike,
    batch_size: int,
    rng: np.random.Generator | None = None,
    *,
    drop_last: bool = False,
) -> Batches[tuple[NDArray[Any], NDArray[Any]]]: ...


@overload
def batches(
    x: ArrayLike,
    y: None,
    batch_size: int,
    rng: np.random.Generator | None = None,
    *,
    drop_last: bool = False,
) -> Batches[NDArray[Any]]: ...


def batches(
    x: ArrayLike,
    y: ArrayLike | None,
    batch_size: int,
    rng: np.random.Generator | None = None,
    *,
    drop_last: bool = False,
) -> Batches[Any]:
    """Cut the data into batches: an iterable of ``(x_batch, y_batch)``, with a length.

    Parameters
    ----------
    x : array_like of shape (n, ...)
        The inputs, an example a row.
    y : array_like of shape (n, ...), or None
        The targets. With None the batches are ``x_batch`` alone, not pairs.
    batch_size : int
        Examples in a batch; the last batch has what is left.
    rng : numpy.random.Generator, optional
        Shuffles: each pass draws a new permutation from it. Without it the order is that of ``x``.
    drop_last : bool
        Leave out a last batch that has fewer than ``batch_size`` examples.

    Returns
    -------
    Batches
        Shuffled batches are fresh arrays, to keep or to change. Batches in order are views of
        ``x`` and ``y``, which cost no copy; they are read-only, so that nobody changes the data
        by changing a batch: ``x_batch.copy()`` may be written to.

    Raises
    ------
    ValueError
        If there are no examples, ``x`` and ``y`` differ in length, ``batch_size`` is less than 1,
        or ``drop_last`` would leave no batch.
    TypeError
        If ``batch_size`` is not an integer or ``rng`` not a Generator.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import data
    >>> x, y = np.arange(10).reshape(5, 2), np.arange(5)
    >>> for x_batch, y_batch in data.batches(x, y, 2):
    ...     print(x_batch.tolist(), y_batch)
    [[0, 1], [2, 3]] [0 1]
    [[4, 5], [6, 7]] [2 3]
    [[8, 9]] [4]
    """
    if y is None:
        x = checks.not_empty("batches", "x", x)
    else:
        x, y = checks.examples("batches", x, y)
    batch_size = checks.positive_integer("batches", "batch_size", batch_size)
    checks.generator_or_none("batches", rng)
    if drop_last and len(x) < batch_size:
        raise ValueError(
            f"batches: drop_last=True leaves no batch, since batch_size={batch_size} and there "
            f"are {len(x)} examples; take a smaller batch_size"
        )
    return Batches(x, y, batch_size, rng, drop_last)
