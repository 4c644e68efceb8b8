"""What more than one function of this package asks of its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def examples(function: str, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return ``x`` and ``y`` as arrays with the same number of examples, one at least."""
    x, y = not_empty(function, "x", x), not_empty(function, "y", y)
    if len(x) != len(y):
        raise ValueError(
            f"{function}: x has {len(x)} examples and y has {len(y)} (shapes {x.shape} and "
            f"{y.shape}); the first axis of both counts the examples"
        )
    return x, y


def not_empty(function: str, name: str, array: ArrayLike) -> NDArray[Any]:
    """Return ``array`` as an array whose first axis counts one example or more."""
    array = np.asarray(array)
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(
            f"{function}: {name} has shape {array.shape}: no examples; "
            "the first axis counts the examples and must be 1 or more"
        )
    return array


def is_integer(value: object) -> bool:
    """Tell whether ``value`` is an integer; a bool, which Python counts as one, is not."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def positive_integer(function: str, name: str, value: object) -> int:
    """Return ``value`` as an ``int`` of 1 or more."""
    if not is_integer(value):
        raise TypeError(f"{function}: {name}={value!r} must be an integer of 1 or more")
    if int(value) < 1:  # type: ignore[call-overload]
        raise ValueError(f"{function}: {name}={value!r} must be 1 or more")
    return int(value)  # type: ignore[call-overload, no-any-return]


def generator_or_none(function: str, rng: object) -> None:
    """Refuse an ``rng`` that is neither None nor a `numpy.random.Generator`."""
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{function}: rng={rng!r} must be a numpy.random.Generator or None; "
            "write rng=np.random.default_rng(seed)"
        )
