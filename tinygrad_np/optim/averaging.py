"""Running means of parameters, which often predict better than the last ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np import tree
from tinygrad_np.optim.checks import (
    ARRAYS,
    check_apart,
    check_fits,
    check_moment,
    check_names,
    check_parameters,
    check_state,
    check_writable,
    number,
)
from tinygrad_np.optim.leaves import flatten, like, shaped_like, zeros_like

if TYPE_CHECKING:
    from tinygrad_np.recording import Array

__all__ = ["ExponentialMovingAverage"]

MOMENTS = ("average",)


class ExponentialMovingAverage:
    """a ← a + (1 − δ) (p − a): a running mean of parameters, to predict with and not to train.

    It works as the optimizers do: `update` returns a new state, `step` writes into `state`, both to
    the same bits. Call one of them after each step of the optimizer.

    Parameters
    ----------
    decay : float
        δ in [0, 1). The mean goes back about 1 / (1 − δ) steps.
    bias_correction : bool
        Whether to begin at 0 and divide by 1 − δᵗ, as Adam does: the mean is then one of the t
        parameters seen. Otherwise it begins at the first of them, which weighs more than all others
        for the first 0.7 / (1 − δ) steps.

    Attributes
    ----------
    state : dict or None
        What `step` remembers: ``"step"``, how many parameters were seen, and ``"average"``, a
        dictionary from their paths to arrays. Copy what you keep; assign a state to go on from
        there, or None to start anew.

    Raises
    ------
    TypeError, ValueError
        If ``decay`` is not a number in its range.

    Notes
    -----
    Polyak & Juditsky (1992) for plain means; Kingma & Ba (2015), section 7.2, for this one.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> params = {"w": np.array([8.0])}
    >>> optimizer, averaged = optim.SGD(1.0), optim.ExponentialMovingAverage(0.5)
    >>> for _ in range(3):
    ...     optimizer.step(params, {"w": np.array([2.0])})
    ...     averaged.step(params)
    >>> params, averaged.average(params)  # of 6, 4 and 2
    ({'w': array([2.])}, {'w': array([3.5])})
    """

    state: dict[str, Any] | None

    def __init__(self, decay: float = 0.999, bias_correction: bool = False) -> None:
        self.decay = number(
            "ExponentialMovingAverage: decay", decay, lambda decay: 0 <= decay < 1, "in [0, 1)"
        )
        self.bias_correction = bias_correction
        self.state = None
        self._scratch = np.empty(0, np.uint8)

    def __repr__(self) -> str:
        return (
            f"ExponentialMovingAverage(decay={self.decay!r}, "
            f"bias_correction={self.bias_correction!r})"
        )

    def init(self, params: Any) -> dict[str, Any]:
        """Make the state before the first step: copies of the parameters, or zeros.

        Parameters
        ----------
        params : tree
            Its leaves are floating-point arrays or numbers.

        Returns
        -------
        state : dict
            ``"step"`` and ``"average"``.

        Raises
        ------
        TypeError
            If a leaf of ``params`` is not a floating-point array or number.
        TreeError
            If two leaves have the same path.

        Examples
        --------
        >>> from tinygrad_np import optim
        >>> optim.ExponentialMovingAverage().init({"hidden": {"w": np.ones(2)}})
        {'step': array(0), 'average': {'hidden.w': array([1., 1.])}}
        """
        leaves, structure = flatten(params)
        check_parameters(place("init"), structure, leaves, in_place=False)
        paths = tree.structure_paths(structure)
        check_names(place("init"), paths)
        start = zeros_like if self.bias_correction else copied
        return {"step": np.array(0), "average": dict(zip(paths, map(start, leaves), strict=True))}

    def update(self, params: Any, state: dict[str, Any]) -> dict[str, Any]:
        """Return the state after one more step; change nothing.

        Parameters
        ----------
        params : tree
            The parameters as they now are.
        state : dict
            From `init` or from an earlier update.

        Returns
        -------
        state : dict
            Of the same shapes and dtypes.

        Raises
        ------
        TreeError
            If ``state`` was made for other parameters.
        TypeError, ValueError
            If a leaf's type, shape or dtype does not fit.

        Examples
        --------
        >>> from tinygrad_np import optim
        >>> averaged = optim.ExponentialMovingAverage(0.75)
        >>> averaged.update(np.array([4.0]), averaged.init(np.array([0.0])))
        {'step': array(1), 'average': {'': array([1.])}}
        """
        leaves, structure = flatten(params)
        check_parameters(place("update"), structure, leaves, in_place=False)
        t = check_state(place("update"), state, MOMENTS)
        held = check_moment(place("update"), "average", state["average"], structure, leaves)
        new = [
            like(old, moved(old, param, 1 - self.decay, None, None))
            for old, param in zip(held, leaves, strict=True)
        ]
        return {"step": np.array(t + 1), "average": dict(zip(state["average"], new, strict=True))}

    def step(self, params: Any) -> None:
        """Write the new averages into the arrays of `state`, and allocate no others.

        Parameters
        ----------
        params : tree
            The parameters as they now are.

        Raises
        ------
        TreeError
            If `state` was made for other parameters.
        TypeError, ValueError
            If a leaf's type, shape or dtype does not fit. Nothing was changed then.

        Examples
        --------
        >>> from tinygrad_np import optim
        >>> averaged = optim.ExponentialMovingAverage(0.75, bias_correction=True)
        >>> averaged.step(np.array([4.0]))
        >>> averaged.state
        {'step': array(1), 'average': {'': array([1.])}}
        """
        leaves, structure = flatten(params)
        check_parameters(place("step"), structure, leaves, in_place=False)
        check_fits(place("step"), "params", structure, leaves, leaves, ARRAYS)
        state = self.init(params) if self.state is None else self.state
        t = check_state(place("step"), state, MOMENTS)
        held = check_moment(place("step"), "average", state["average"], structure, leaves)
        check_writable(place("step"), structure, {"state['average']": held})
        check_apart(place("step"), structure, {"params": leaves, "state['average']": held})
        size = max([param.nbytes for param in leaves], default=0)
        if size > self._scratch.size:
            self._scratch = np.empty(size, np.uint8)
        self.state = state
        for old, param in zip(held, leaves, strict=True):
            moved(old, param, 1 - self.decay, shaped_like(old, self._scratch), old)
        state["step"] = np.array(t + 1)

    def average(self, params: Any, state: dict[str, Any] | None = None) -> Any:
        """Return the averages as a tree like the parameters.

        Parameters
        ----------
        params : tree
            Of the structure, shapes and dtypes of those that were averaged.
        state : dict, optional
            By default, what `step` has written.

        Returns
        -------
        tree
            Of new arrays, corrected for the bias if that was asked for.

        Raises
        ------
        TreeError
            If ``state`` was made for other parameters.
        TypeError, ValueError
            If a leaf's type, shape or dtype does not fit, or nothing was averaged yet.

        Examples
        --------
        >>> from tinygrad_np import optim
        >>> averaged = optim.ExponentialMovingAverage(0.75, bias_correction=True)
        >>> params = {"w": np.array([4.0])}
        >>> averaged.step(params)
        >>> averaged.average(params)
        {'w': array([4.])}
        """
        state = self.state if state is None else state
        if state is None:
            raise ValueError(f"{place('average')}: nothing was averaged yet; call step(params)")
        leaves, structure = flatten(params)
        check_parameters(place("average"), structure, leaves, in_place=False)
        t = check_state(place("average"), state, MOMENTS)
        held = check_moment(place("average"), "average", state["average"], structure, leaves)
        if not self.bias_correction:
            return tree.unflatten(structure, [copied(array) for array in held])
        if t == 0:
            raise ValueError(f"{place('average')}: a mean of no parameters; update the state first")
        total = 1 - self.decay**t
        return tree.unflatten(structure, [like(array, array / total) for array in held])


def place(method: str) -> str:
    return f"ExponentialMovingAverage.{method}"


def copied(array: Array) -> Array:
    return like(np.empty(0, array.dtype), np.positive(array))


def moved(old: Array, param: Array, rest: Any, scratch: Any, out: Any) -> Array:
    change = np.multiply(np.subtract(param, old, out=scratch), rest, out=scratch)
    return np.add(old, change, out=out)
