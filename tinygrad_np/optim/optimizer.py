"""What all optimizers share: the walk over the trees, the state, and the buffers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np import tree
from tinygrad_np.optim.checks import (
    ARRAYS,
    ARRAYS_OR_RECORDED,
    check_fits,
    check_moment,
    check_names,
    check_parameters,
    check_state,
    check_writable,
    number,
)
from tinygrad_np.optim.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_np.recording import Array

__all__ = ["Optimizer"]


class Optimizer:
    """p ← p + change(∇f): the base class. A subclass says how one array of parameters changes.

    It defines

    - ``moments``, the names of what is remembered of each parameter: arrays of its shape and dtype,
      zero at first. Without it, nothing is;
    - ``coefficients(lr, t)``, the numbers in its formula at update t = 1, 2, …; ``(lr,)`` unless it
      says otherwise;
    - ``rule(coefficients, param, grad, moments, out)``, the formula. It calls NumPy's functions,
      each with an entry of ``out`` as its ``out=``, and returns the new parameter and moments. In
      `step`, ``out`` is ``(scratch, param, *moments)``: the same lines then write in place. In
      `update` it is a tuple of None: they make new arrays, or are recorded by a transform.

    Parameters
    ----------
    lr : float or callable
        The learning rate > 0, or a schedule: ``lr(step)`` returns the rate ≥ 0 for the update that
        comes after ``step`` earlier ones.
    weight_decay : float
        λ ≥ 0; λ times the parameter is added to its gradient before the rule is applied.

    Attributes
    ----------
    state : dict or None
        What `step` remembers, in the form that `init` gives it: ``"step"`` (how many updates were
        made, an array without dimensions) and, for each of ``moments``, a dictionary that holds one
        array for each parameter, under its path. None before the first step. `step` writes into
        these arrays: copy what you keep, ``tg.tree.map(np.copy, optimizer.state)``. Assign a state
        to go on from there, or None to start anew.

    Raises
    ------
    TypeError, ValueError
        If a setting is not a number, or out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> class SignDescent(optim.Optimizer):
    ...     def rule(self, coefficients, param, grad, moments, out):
    ...         (lr,) = coefficients
    ...         scratch, new_param = out
    ...         change = np.multiply(np.sign(grad, out=scratch), lr, out=scratch)
    ...         return (np.subtract(param, change, out=new_param),)
    >>> params = {"w": np.array([1.0, 2.0, 3.0])}
    >>> SignDescent(0.5).step(params, {"w": np.array([-7.0, 0.0, 0.1])})
    >>> params
    {'w': array([1.5, 2. , 2.5])}
    """

    state: dict[str, Any] | None

    def __init__(self, lr: float | Callable[[int], float], weight_decay: float = 0.0) -> None:
        self.lr: Any = lr
        if not callable(lr):
            self.lr = self._number("lr", lr, lambda lr: 0 < lr < math.inf, "> 0 and finite")
        self.weight_decay = self._number(
            "weight_decay", weight_decay, lambda decay: 0 <= decay < math.inf, "≥ 0 and finite"
        )
        self.state = None
        self._workspace: Workspace | None = None

    def __repr__(self) -> str:
        settings = [
            f"{name}={value!r}"
            for name, value in vars(self).items()
            if name not in ("state", "_workspace")
        ]
        return f"{type(self).__name__}({', '.join(settings)})"

    def __getstate__(self) -> dict[str, Any]:
        # A copy writes into other arrays: it checks them, and makes buffers, at its first step.
        return {**vars(self), "_workspace": None}

    @property
    def moments(self) -> tuple[str, ...]:
        """The names of what the state remembers of each parameter."""
        return ()

    def coefficients(self, lr: float, t: int) -> tuple[float, ...]:
        """Return the numbers that `rule` gets at update number ``t``; the first is 1."""
        return (lr,)

    def rule(
        self,
        coefficients: Sequence[Any],
        param: Array,
        grad: Array,
        moments: Sequence[Array],
        out: Sequence[Any],
    ) -> tuple[Array, ...]:
        """Return the new parameter, then the new moments; see the class."""
        raise NotImplementedError(f"{type(self).__name__} must define rule()")

    def init(self, params: Any) -> dict[str, Any]:
        """Make the state before the first update.

        Parameters
        ----------
        params : tree
            Its leaves are floating-point arrays or numbers.

        Returns
        -------
        state : dict
            ``"step"``, and for each of ``moments`` a dictionary from the parameters' paths (see
            `tinygrad_np.tree.paths`) to zeros of their shapes and dtypes.

        Raises
        ------
        TypeError
            If a leaf of ``params`` is not a floating-point array or number.
        TreeError
            If two leaves have the same path.

        Examples
        --------
        >>> from tinygrad_np import optim
        >>> optim.SGD(0.1, momentum=0.9).init({"hidden": {"w": np.ones(2)}})
        {'step': array(0), 'velocity': {'hidden.w': array([0., 0.])}}
        """
        leaves, structure = flatten(params)
        check_parameters(self._place("init"), structure, leaves, in_place=False)
        state: dict[str, Any] = {"step": np.array(0)}
        if self.moments:
            paths = tree.structure_paths(structure)
            check_names(self._place("init"), paths)
            for name in self.moments:
                state[name] = dict(zip(paths, map(zeros_like, leaves), strict=True))
        return state

    def update(self, grads: Any, state: dict[str, Any], params: Any) -> tuple[Any, dict[str, Any]]:
        """Return new parameters and a new state; change nothing.

        It can be differentiated: with respect to the parameters, the gradients, the moments in the
        state, and the optimizer's settings.

        Parameters
        ----------
        grads : tree
            Like ``params``, in structure, shapes and dtypes.
        state : dict
            From `init` or from an earlier update.
        params : tree
            Its leaves are floating-point arrays or numbers. An array that stands in two places
            becomes two.

        Returns
        -------
        params, state
            As they are after the update, of the same shapes and dtypes.

        Raises
        ------
        TreeError
            If ``grads`` or ``state`` does not have the structure of ``params``.
        TypeError, ValueError
            If a leaf's type, shape or dtype does not fit, or a schedule returns no learning rate.

        Examples
        --------
        >>> from tinygrad_np import optim
        >>> params = {"w": np.array([1.0, 2.0])}
        >>> optimizer = optim.SGD(0.5)
        >>> state = optimizer.init(params)
        >>> params, state = optimizer.update({"w": np.array([1.0, 1.0])}, state, params)
        >>> params, state
        ({'w': array([0.5, 1.5])}, {'step': array(1)})
        """
        place = self._place("update")
        leaves, structure = flatten(params)
        grad_leaves, found = flatten(grads)
        tree.check_same(structure, found, f"{place}: grads must be a tree like params")
        check_parameters(place, structure, leaves, in_place=False)
        check_fits(place, "grads", structure, leaves, grad_leaves, ARRAYS_OR_RECORDED)
        t = check_state(place, state, self.moments) + 1
        columns = [
            check_moment(place, name, state[name], structure, leaves) for name in self.moments
        ]
        coefficients = self.coefficients(self._learning_rate(t - 1), t)
        nowhere = (None,) * (2 + len(columns))
        rows = []
        for param, grad, *moments in zip(leaves, grad_leaves, *columns, strict=True):
            if self.weight_decay:
                grad = decayed(grad, param, self.weight_decay, None)
            new = self.rule(coefficients, param, grad, moments, nowhere)
            rows.append([like(old, x) for old, x in zip((param, *moments), new, strict=True)])
        new_state: dict[str, Any] = {"step": np.array(t)}
        for i, name in enumerate(self.moments, start=1):
            new_state[name] = dict(zip(state[name], [row[i] for row in rows], strict=True))
        return tree.unflatten(structure, [row[0] for row in rows]), new_state

    def step(self, params: Any, grads: Any) -> None:
        """Write the updated parameters into the arrays of ``params``, and the moments into `state`.

        The numbers are those of `update`, to the last bit. No array is allocated after the first
        call, as long as ``params`` holds the same arrays.

        Parameters
        ----------
        params : tree
            Its leaves are floating-point ndarrays that can be written and share no memory.
        grads : tree
            Like ``params``, in structure, shapes and dtypes.

        Raises
        ------
        TreeError
            If ``grads`` or `state` does not have the structure of ``params``.
        TypeError, ValueError
            If a leaf's type, shape or dtype does not fit, if one cannot be written, if two share
            memory, or if a schedule returns no learning rate. Nothing was changed then.

        Examples
        --------
        >>> from tinygrad_np import optim
        >>> params = {"w": np.array([1.0, 2.0])}
        >>> optimizer = optim.SGD(0.5)
        >>> optimizer.step(params, {"w": np.array([1.0, 1.0])})
        >>> params, optimizer.state
        ({'w': array([0.5, 1.5])}, {'step': array(1)})
        """
        leaves, structure = tree.flatten(params)
        grad_leaves, found = tree.flatten(grads)
        state, workspace = self.state, self._workspace
        if (
            state is None
            or workspace is None
            or found != structure
            or not workspace.is_for(leaves, grad_leaves, state, self.moments)
        ):
            place = self._place("step")
            tree.check_same(structure, found, f"{place}: grads must be a tree like params")
            check_parameters(place, structure, leaves, in_place=True)
            check_fits(place, "grads", structure, leaves, grad_leaves, ARRAYS)
            state = self.init(params) if state is None else state
            self._check_state_in_place(place, structure, leaves, state)
            workspace = Workspace(place, leaves, state, self.moments, bool(self.weight_decay))
            grad_leaves = workspace.apart(grad_leaves)
        t = int(state["step"]) + 1
        coefficients = self.coefficients(self._learning_rate(t - 1), t)
        workspace.set_numbers(self.weight_decay, coefficients)
        self.state, self._workspace = state, workspace
        for grad, row in zip(grad_leaves, workspace.rows):
            param, moments, out, numbers, decay, sums = row
            if self.weight_decay:
                grad = decayed(grad, param, decay, sums)
            self.rule(numbers, param, grad, moments, out)
        workspace.step = state["step"] = np.array(t)

    def _check_state_in_place(
        self, place: str, structure: tree.Structure, leaves: list[Any], state: dict[str, Any]
    ) -> None:
        check_state(place, state, self.moments)
        trees = {"params": leaves}
        for name in self.moments:
            held = check_moment(place, name, state[name], structure, leaves)
            trees[f"state[{name!r}]"] = held
        check_writable(place, structure, trees)

    def _learning_rate(self, step: int) -> Any:
        if not callable(self.lr):
            return self.lr
        return self._number(
            f"lr({step})", self.lr(step), lambda lr: 0 <= lr < math.inf, "≥ 0 and finite"
        )

    def _number(self, name: str, value: Any, fits: Callable[[Any], Any], expected: str) -> Any:
        return number(f"{type(self).__name__}: {name}", value, fits, expected)

    def _place(self, method: str) -> str:
        return f"{type(self).__name__}.{method}"


def flatten(params: Any) -> tuple[list[Any], tree.Structure]:
    """Flatten a tree, Python's floats as NumPy's: they too have a shape and a dtype."""
    leaves, structure = tree.flatten(params)
    return [np.float64(leaf) if type(leaf) is float else leaf for leaf in leaves], structure


def zeros_like(param: Array) -> Array:
    if type(param) is np.ndarray:
        return np.zeros_like(param)  # in the same order in memory
    return np.zeros(param.shape, param.dtype)


def decayed(grad: Array, param: Array, decay: Any, out: Any) -> Array:
    """∇(f + λ‖p‖²/2) = g + λ p."""
    return np.add(grad, np.multiply(param, decay, out=out), out=out)


def like(old: Array, new: Array) -> Array:
    """Return ``new`` as an array if ``old`` is one, and of its dtype.

    NumPy makes arrays without dimensions into scalars. Settings that are being differentiated have
    a dtype, which may be wider than that of the parameters.
    """
    if new.dtype != old.dtype:
        new = new.astype(old.dtype)
    return np.asarray(new) if isinstance(old, np.ndarray) and isinstance(new, np.generic) else new
