"""What all optimizers share: the walk over the trees, the state, and the buffers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np import tree
from tinygrad_np.optim.checks import (
    ARRAYS,
    ARRAYS_OR_RECORDED,
    check_apart,
    check_fits,
    check_moment,
    check_names,
    check_parameters,
    check_state,
    check_writable,
    number,
    used,
)
from tinygrad_np.optim.clipping import limit_of, scale_to
from tinygrad_np.optim.groups import Assignment, checked_groups, decay_rate, learning_rate
from tinygrad_np.optim.leaves import flatten, like, zeros_like
from tinygrad_np.optim.workspace import Workspace
from tinygrad_np.recording import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypedDict

    from tinygrad_np.optim.groups import Group
    from tinygrad_np.recording import Array

    class Options(TypedDict, total=False):
        """What every optimizer takes besides its own settings."""

        clip_value: float | None
        clip_norm: float | None
        groups: Sequence[Group]


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
      `update` it is a tuple of None: they make new arrays, or are recorded by a transform;
    - ``decoupled``, whether weight decay shrinks the parameter, p ← (1 − η λ) p, instead of adding
      λ p to its gradient, before the rule is applied; False unless it says otherwise.

    Parameters
    ----------
    lr : float or callable
        The learning rate η > 0, or a schedule: ``lr(step)`` returns the rate ≥ 0 for the update
        that comes after ``step`` earlier ones.
    weight_decay : float
        λ ≥ 0.
    clip_value : float, optional
        The limit to which gradients are clipped first, number by number; see `clip_by_value`.
    clip_norm : float, optional
        The limit to which the length of all gradients together is clipped first; see
        `clip_by_global_norm`. Give one of the two, or none.
    groups : list of Group
        Other learning rates and weight decays for some parameters, or none at all; see `Group`.

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

    decoupled = False
    state: dict[str, Any] | None

    def __init__(
        self,
        lr: float | Callable[[int], float],
        weight_decay: float = 0.0,
        *,
        clip_value: float | None = None,
        clip_norm: float | None = None,
        groups: Sequence[Group] = (),
    ) -> None:
        name = type(self).__name__
        self.lr: Any = learning_rate(f"{name}: lr", lr)
        self.weight_decay: Any = decay_rate(f"{name}: weight_decay", weight_decay)
        self.clip_value: Any = clip_value
        if clip_value is not None:
            self.clip_value = limit_of(f"{name}: clip_value", clip_value)
        self.clip_norm: Any = clip_norm
        if clip_norm is not None:
            self.clip_norm = limit_of(f"{name}: clip_norm", clip_norm)
        self._check_clips()
        self.groups = groups
        self.state = None
        self._workspace: Workspace | None = None
        self._assignment: Assignment | None = None

    def __repr__(self) -> str:
        settings = [
            f"{name.removeprefix('_')}={value!r}"
            for name, value in vars(self).items()
            if not (name in ("state", "_workspace", "_assignment") or value is None or value == ())
        ]
        return f"{type(self).__name__}({', '.join(settings)})"

    def __getstate__(self) -> dict[str, Any]:
        # A copy writes into other arrays: it checks them, and makes buffers, at its first step.
        return {**vars(self), "_workspace": None, "_assignment": None}

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups, which may be set anew between steps."""
        return self._groups

    @groups.setter
    def groups(self, groups: Sequence[Group]) -> None:
        self._groups = checked_groups(type(self).__name__, groups)

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
            If a leaf's type, shape or dtype does not fit, a schedule returns no learning rate, the
            norm to clip is not finite, or ``groups`` do not fit the parameters.

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
        assignment = self._assigned(place, structure)
        kinds = [
            kind if kind is None else [plain(number) for number in kind]
            for kind in self._numbers(place, assignment, t)
        ]
        numbers = [kinds[kind] for kind in assignment.kind_of]
        scale = 1.0
        if self.clip_norm is not None:
            scale = self._scale(place, structure, grad_leaves, numbers)
        clips = self.clip_norm is not None or self.clip_value is not None
        decoupled = self.decoupled
        nowhere = (None,) * (2 + len(columns))
        rows = []
        for param, grad, given, *moments in zip(
            leaves, grad_leaves, numbers, *columns, strict=True
        ):
            old = (param, *moments)
            new: Sequence[Any]
            if given is None:
                new = [np.positive(array) for array in old]  # copies, of what is recorded too
            else:
                decay, *coefficients = given
                if clips:
                    grad = self._clipped(grad, scale, None)
                if decay is not None:
                    if decoupled:
                        param = np.multiply(param, decay)
                    else:
                        grad = decayed(grad, param, decay, None, None)
                new = self.rule(coefficients, param, grad, moments, nowhere)
            rows.append([like(x, y) for x, y in zip(old, new, strict=True)])
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
            As in `update`, and if an array cannot be written, or two share memory. Nothing was
            changed then.

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
            or not workspace.assignment.is_for(self._groups, structure)
        ):
            place = self._place("step")
            tree.check_same(structure, found, f"{place}: grads must be a tree like params")
            check_parameters(place, structure, leaves, in_place=True)
            check_fits(place, "grads", structure, leaves, grad_leaves, ARRAYS)
            state = self.init(params) if state is None else state
            self._check_state_in_place(place, structure, leaves, state)
            assignment = self._assigned(place, structure)
            workspace = Workspace(place, leaves, state, self.moments, assignment)
            grad_leaves = workspace.apart(grad_leaves)
        t = int(state["step"]) + 1
        place = workspace.place
        workspace.set_numbers(self._numbers(place, workspace.assignment, t))
        rows = workspace.rows
        clips = self.clip_norm is not None or self.clip_value is not None
        decoupled = self.decoupled
        if clips or (workspace.decays and not decoupled):
            workspace.make_room()
        scale = 1.0
        if self.clip_norm is not None:
            scale = self._scale(place, structure, grad_leaves, [row[-1][1] for row in rows])
        self.state, self._workspace = state, workspace
        for grad, (param, moments, out, total, (decay, coefficients)) in zip(grad_leaves, rows):
            if coefficients is None:
                continue
            if clips:
                grad = self._clipped(grad, scale, total)
            if decay is not None:
                if decoupled:
                    np.multiply(param, decay, out=param)
                else:
                    grad = decayed(grad, param, decay, out[0] if clips else total, total)
            self.rule(coefficients, param, grad, moments, out)
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
        check_apart(place, structure, trees)

    def _assigned(self, place: str, structure: tree.Structure) -> Assignment:
        found = self._assignment
        if found is None or found.groups != self._groups or found.structure != structure:
            found = self._assignment = Assignment(place, self._groups, structure)
        return found

    def _numbers(self, place: str, assignment: Assignment, t: int) -> list[tuple[Any, ...] | None]:
        """Return the decay and the coefficients of each kind of parameter; None: it is frozen."""
        if not assignment.groups:
            return [self._numbers_for("lr", self.lr, self.weight_decay, t)]
        found: list[tuple[Any, ...] | None] = []
        for kind in range(len(assignment.kinds)):
            if assignment.frozen(kind):
                found.append(None)
                continue
            name, lr = assignment.setting(place, "lr", kind, self.lr)
            _, weight_decay = assignment.setting(place, "weight_decay", kind, self.weight_decay)
            found.append(self._numbers_for(name, lr, weight_decay, t))
        return found

    def _numbers_for(self, name: str, lr: Any, weight_decay: Any, t: int) -> tuple[Any, ...]:
        if callable(lr):
            lr = self._number(
                f"{name}({t - 1})", lr(t - 1), lambda lr: 0 <= lr < math.inf, "≥ 0 and finite"
            )
        decay = None
        if used(weight_decay):
            decay = 1 - lr * weight_decay if self.decoupled else weight_decay
        return decay, *self.coefficients(lr, t)

    def _scale(
        self, place: str, structure: tree.Structure, grads: list[Any], numbers: list[Any]
    ) -> Any:
        """Return what brings the norm to its limit, or raise if it is not finite."""
        self._check_clips()
        counted = [
            grad if given is not None else None for grad, given in zip(grads, numbers, strict=True)
        ]
        return scale_to(self.clip_norm, counted, f"{place}: clip_norm: grads", structure)

    def _check_clips(self) -> None:
        if self.clip_norm is not None and self.clip_value is not None:
            raise ValueError(
                f"{type(self).__name__}: both clip_value and clip_norm; give one of them"
            )

    def _clipped(self, grad: Array, scale: Any, out: Any) -> Array:
        number = scale if self.clip_value is None else self.clip_value
        if out is not None:
            number = np.array(number, grad.dtype)  # oldest NumPy converts a float in a buffer
        if self.clip_value is None:
            return np.multiply(grad, number, out=out)
        return np.clip(grad, -number, number, out=out)

    def _number(self, name: str, value: Any, fits: Callable[[Any], Any], expected: str) -> Any:
        return number(f"{type(self).__name__}: {name}", value, fits, expected)

    def _betas(self, betas: Any) -> tuple[Any, Any]:
        try:
            beta1, beta2 = betas
        except (TypeError, ValueError):
            name = type(self).__name__
            raise TypeError(f"{name}: betas={betas!r}; expected a pair as (0.9, 0.999)") from None
        return self._fraction("betas[0]", beta1), self._fraction("betas[1]", beta2)

    def _fraction(self, name: str, value: Any) -> Any:
        return self._number(name, value, lambda value: 0 <= value < 1, "in [0, 1)")

    def _place(self, method: str) -> str:
        return f"{type(self).__name__}.{method}"


def decayed(grad: Array, param: Array, decay: Any, scratch: Any, out: Any) -> Array:
    """∇(f + λ‖p‖²/2) = g + λ p."""
    return np.add(grad, np.multiply(param, decay, out=scratch), out=out)


def plain(number: Any) -> Any:
    """Return a number as a float, beside which float32 stays float32."""
    return number if number is None or isinstance(number, Recorded) else float(number)
