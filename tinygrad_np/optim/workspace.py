"""What `Optimizer.step` keeps from one call to the next: what it checked, and its buffers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.optim.checks import owner
from tinygrad_np.recording import Recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_np.recording import Array

__all__: list[str] = []


class Workspace:
    """What `step` needs besides the gradients, good for as long as it meets the same arrays.

    All parameters share the memory of the buffers. The numbers in the formula are arrays of each
    parameter's dtype: to convert a float takes NumPy longer than to add two small arrays.

    Parameters
    ----------
    place : str
        The optimizer's method, for messages.
    params : list of ndarray
        The leaves, which were checked, as was the state.
    state : dict
        The optimizer's state.
    moments : tuple of str
        What of the state besides its step is written.
    decays : bool
        Whether a weight decay is to be added to the gradients, which takes a second buffer.
    """

    __slots__ = ("given", "moments", "names", "numbers", "owners", "place", "rows", "step")

    moments: list[tuple[dict[str, Any], list[Array]]]

    def __init__(
        self,
        place: str,
        params: Sequence[Array],
        state: dict[str, Any],
        moments: tuple[str, ...],
        decays: bool,
    ) -> None:
        self.place = place
        self.names = moments
        self.step = state["step"]
        self.moments = [(state[name], list(state[name].values())) for name in moments]
        self.given: tuple[Any, ...] | None = None
        self.numbers: dict[np.dtype[Any], tuple[Array, list[Array]]] = {}
        self.rows: list[tuple[Any, ...]] = []
        self.owners: set[int] = set()
        size = max([param.nbytes for param in params], default=0)
        scratch = np.empty(size, np.uint8)
        sums = np.empty(size, np.uint8) if decays else None
        columns = [arrays for _, arrays in self.moments]
        for param, *held in zip(params, *columns, strict=True):
            written = (param, *held)
            self.owners.update([id(owner(array)) for array in written])
            dtype = param.dtype
            decay, numbers = self.numbers.setdefault(dtype, (np.zeros((), dtype), []))
            out = (shaped_like(param, scratch), *written)
            self.rows.append((param, held, out, numbers, decay, shaped_like(param, sums)))

    def is_for(
        self,
        params: Sequence[Any],
        grads: Sequence[Any],
        state: Any,
        moments: tuple[str, ...],
    ) -> bool:
        """Whether the arrays are those that were checked, and the gradients what most are."""
        if len(params) != len(self.rows) or moments != self.names:
            return False
        for param, grad, row in zip(params, grads, self.rows):
            if (
                param is not row[0]
                or type(grad) is not np.ndarray
                or grad.shape != param.shape
                or grad.dtype != param.dtype
                or not param.flags.writeable
                or id(grad if grad.base is None else owner(grad)) in self.owners
            ):
                return False
        if not isinstance(state, dict) or len(state) != 1 + len(moments):
            return False
        if state.get("step") is not self.step:
            return False
        for name, (held, arrays) in zip(moments, self.moments, strict=True):
            if state.get(name) is not held or len(held) != len(arrays):
                return False
            for array, checked in zip(held.values(), arrays, strict=True):
                if array is not checked or not array.flags.writeable:
                    return False
        return True

    def apart(self, grads: list[Array]) -> list[Array]:
        """Return the gradients, copied where they lie in memory that `step` writes into.

        A gradient written by hand may be an array of parameters: that of a in a·b is b.
        """
        return [grad.copy() if id(owner(grad)) in self.owners else grad for grad in grads]

    def set_numbers(self, weight_decay: Any, coefficients: tuple[Any, ...]) -> None:
        """Put the numbers in the formula where the rows find them."""
        given = (weight_decay, *coefficients)
        if given == self.given:
            return
        if any(isinstance(number, Recorded) for number in given):
            raise TypeError(
                f"{self.place}: a setting is being differentiated, and an array written in place "
                "has no derivative. Use update(), which returns new parameters"
            )
        for dtype, (decay, numbers) in self.numbers.items():
            decay[()] = weight_decay
            numbers[:] = [np.array(number, dtype) for number in coefficients]
        self.given = given


def shaped_like(param: Array, memory: Array | None) -> Array | None:
    """Return the beginning of ``memory`` as an array like ``param``, in the same order."""
    if memory is None:
        return None
    start = memory[: param.nbytes].view(param.dtype)
    return start.reshape(param.shape, order="F" if param.flags.fnc else "C")
