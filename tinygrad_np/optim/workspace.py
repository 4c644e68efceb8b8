"""What `Optimizer.step` keeps from one call to the next: what it checked, and its buffers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np.optim.checks import owner
from tinygrad_np.optim.leaves import shaped_like
from tinygrad_np.recording import Recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_np.optim.groups import Assignment
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
    assignment : Assignment
        The groups that the parameters are in.
    """

    __slots__ = (
        "assignment", "decays", "given", "moments", "names", "numbers", "owners", "place", "roomy",
        "rows", "step",
    )  # fmt: skip

    moments: list[tuple[dict[str, Any], list[Array]]]

    def __init__(
        self,
        place: str,
        params: Sequence[Array],
        state: dict[str, Any],
        moments: tuple[str, ...],
        assignment: Assignment,
    ) -> None:
        self.place = place
        self.names = moments
        self.assignment = assignment
        self.decays = False
        self.roomy = False
        self.step = state["step"]
        self.moments = [(state[name], list(state[name].values())) for name in moments]
        self.given: list[tuple[Any, ...] | None] = []
        self.numbers: dict[tuple[np.dtype[Any], int], list[Any]] = {}
        self.rows: list[list[Any]] = []
        self.owners: set[int] = set()
        scratch = buffer_for(params)
        columns = [arrays for _, arrays in self.moments]
        for param, kind, *held in zip(params, assignment.kind_of, *columns, strict=True):
            written = (param, *held)
            self.owners.update([id(owner(array)) for array in written])
            numbers = self.numbers.setdefault((param.dtype, kind), [None, None])
            out = (shaped_like(param, scratch), *written)
            self.rows.append([param, held, out, None, numbers])

    def make_room(self) -> None:
        """Make a second buffer, for gradients that are changed before the rule gets them."""
        if not self.roomy:
            memory = buffer_for([row[0] for row in self.rows])
            for row in self.rows:
                row[3] = shaped_like(row[0], memory)
            self.roomy = True

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

    def set_numbers(self, given: list[tuple[Any, ...] | None]) -> None:
        """Put the decay and the coefficients of each kind of parameter where the rows find them."""
        if given == self.given:
            return
        for chosen in given:
            for number in chosen or ():
                if isinstance(number, Recorded):
                    raise TypeError(
                        f"{self.place}: a setting is being differentiated, and an array written in "
                        "place has no derivative. Use update(), which returns new parameters"
                    )
        for (dtype, kind), numbers in self.numbers.items():
            chosen = given[kind]
            numbers[:] = None, None
            if chosen is not None:
                decay, *coefficients = [x if x is None else np.array(x, dtype) for x in chosen]
                numbers[:] = decay, coefficients
        self.decays = any(decay is not None for decay, _ in self.numbers.values())
        self.given = given


def buffer_for(params: Sequence[Array]) -> Array:
    """Return memory for the largest of the arrays."""
    return np.empty(max([param.nbytes for param in params], default=0), np.uint8)
