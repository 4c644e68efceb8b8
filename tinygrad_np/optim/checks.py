"""What an optimizer is given is checked here, before anything is changed."""

from __future__ import annotations

import operator
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_np import tree
from tinygrad_np.errors import TreeError
from tinygrad_np.recording import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_np.recording import Array

__all__: list[str] = []

ARRAYS: Any = (np.ndarray, np.generic)
ARRAYS_OR_RECORDED: Any = (np.ndarray, np.generic, Recorded)


def number(name: str, value: Any, fits: Callable[[Any], Any], expected: str) -> Any:
    """Return a setting as a float, or as it is if it is being differentiated."""
    try:
        inside = np.ndim(value) == 0 and bool(fits(value))
    except TypeError:
        raise TypeError(f"{name}={value!r}; expected a number {expected}") from None
    if not inside:
        raise ValueError(f"{name}={value!r}; expected a number {expected}")
    return value if isinstance(value, Recorded) else float(value)


def whole_number(name: str, value: Any, least: int) -> int:
    """Return a count as an int."""
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}={value!r}; expected a whole number ≥ {least}") from None
    if count < least:
        raise ValueError(f"{name}={value!r}; expected a whole number ≥ {least}")
    return count


def used(setting: Any) -> bool:
    """Whether a setting changes anything: one that is being differentiated does, even at 0."""
    return isinstance(setting, Recorded) or bool(setting)


def named(what: str, structure: tree.Structure, i: int) -> str:
    """Name leaf ``i`` of a tree for a message."""
    path = tree.structure_paths(structure)[i]
    return f"{what} {path!r}" if path else what


def check_parameters(
    place: str, structure: tree.Structure, params: Sequence[Any], in_place: bool
) -> None:
    """Raise unless every parameter is real and floating-point; in place, an array to write into."""
    for i, param in enumerate(params):
        if not in_place or isinstance(param, np.ndarray):
            continue
        name = f"{place}: {named('params', structure, i)}"
        kind = type(param).__name__
        if isinstance(param, Recorded):
            raise TypeError(
                f"{name} is a {kind}. Pass its array, .data, or use update(), which returns new "
                "parameters"
            )
        raise TypeError(
            f"{name} is {param!r}, of type {kind}, which cannot be changed in place. Make it an "
            "ndarray, or use update(), which returns new parameters"
        )
    check_floating(place, "params", structure, params)


def check_floating(place: str, what: str, structure: tree.Structure, leaves: Sequence[Any]) -> None:
    """Raise unless every leaf is real and floating-point."""
    for i, leaf in enumerate(leaves):
        known = isinstance(leaf, ARRAYS_OR_RECORDED)
        if known and leaf.dtype.kind == "f":
            continue
        name = f"{place}: {named(what, structure, i)}"
        if not known:
            raise TypeError(
                f"{name} is {leaf!r}, of type {type(leaf).__name__}; expected a floating-point "
                "array"
            )
        if leaf.dtype.kind == "c":
            raise TypeError(
                f"{name} has dtype {leaf.dtype}; make its real and its imaginary part two arrays"
            )
        raise TypeError(
            f"{name} has dtype {leaf.dtype}; expected floating-point: convert it with "
            ".astype(float)"
        )


def check_fits(
    place: str,
    what: str,
    structure: tree.Structure,
    params: Sequence[Array],
    found: Sequence[Any],
    kinds: Any,
) -> None:
    """Raise unless every leaf is of one of the types and of its parameter's shape and dtype."""
    for i, (param, leaf) in enumerate(zip(params, found, strict=True)):
        if not isinstance(leaf, kinds):
            if isinstance(leaf, Recorded):
                raise TypeError(
                    f"{place}: {named(what, structure, i)} is a {type(leaf).__name__}. Pass its "
                    "array, .data, or use update(), which can be differentiated"
                )
            raise TypeError(
                f"{place}: {named(what, structure, i)} is {leaf!r}, of type "
                f"{type(leaf).__name__}; expected an array of shape {param.shape}"
            )
        if leaf.shape != param.shape:
            raise ValueError(
                f"{place}: {named(what, structure, i)} has shape {leaf.shape}; its parameter has "
                f"{param.shape}"
            )
        if leaf.dtype != param.dtype:
            raise ValueError(
                f"{place}: {named(what, structure, i)} has dtype {leaf.dtype}; its parameter has "
                f"{param.dtype}. Convert one of them with .astype(...)"
            )


def check_moment(
    place: str,
    name: str,
    moment: dict[str, Any],
    structure: tree.Structure,
    params: Sequence[Array],
) -> list[Any]:
    """Return what the state holds under ``name``: an array for each parameter, or raise."""
    paths = tree.structure_paths(structure)
    what = f"state[{name!r}]"
    if list(moment) != paths:
        raise TreeError(
            f"{place}: {what} was made for other parameters. Use one optimizer for each model; "
            f"init(params) makes a new state\n  expected: {paths}\n  found:    {list(moment)}"
        )
    leaves = list(moment.values())
    check_fits(place, what, structure, params, leaves, ARRAYS_OR_RECORDED)
    return leaves


def check_names(place: str, paths: list[str]) -> None:
    """Raise if two parameters are named alike, as in ``{"a.b": x, "a": {"b": y}}``."""
    if len(set(paths)) < len(paths):
        twice = sorted({path for path in paths if paths.count(path) > 1})
        raise TreeError(f"{place}: two parameters are named {twice[0]!r}. Rename one of them")


def check_state(place: str, state: Any, moments: tuple[str, ...]) -> int:
    """Return how many updates a state has seen; raise if it is not of this optimizer's form."""
    if not isinstance(state, dict) or state.keys() != {"step", *moments}:
        found = list(state) if isinstance(state, dict) else type(state).__name__
        raise ValueError(
            f"{place}: the state holds {found}; expected {['step', *moments]}, as "
            "init(params) makes it"
        )
    for name in moments:
        if not isinstance(state[name], dict):
            raise ValueError(
                f"{place}: state[{name!r}] is of type {type(state[name]).__name__}; expected a "
                "dictionary from the parameters' paths to arrays"
            )
    try:
        return whole_number(f"{place}: state['step']", state["step"], 0)
    except TypeError as error:
        raise ValueError(error) from None


def check_writable(place: str, structure: tree.Structure, trees: dict[str, list[Any]]) -> None:
    """Raise unless the leaves of trees of one structure are arrays that can be written."""
    for what, leaves in trees.items():
        for i, leaf in enumerate(leaves):
            if not isinstance(leaf, np.ndarray) or not leaf.flags.writeable:
                raise ValueError(
                    f"{place}: {named(what, structure, i)} is a read-only "
                    f"{type(leaf).__name__}. Copy it into an array, or use update(), which returns "
                    "new arrays"
                )


def check_apart(place: str, structure: tree.Structure, trees: dict[str, list[Any]]) -> None:
    """Raise if leaves of trees of one structure lie in the same memory."""
    neighbours: dict[int, list[tuple[str, int, Any]]] = {}
    for what, leaves in trees.items():
        for i, leaf in enumerate(leaves):
            neighbours.setdefault(id(owner(leaf)), []).append((what, i, leaf))
    for group in neighbours.values():
        for (what, i, leaf), (other_what, j, other) in combinations(group, 2):
            if np.shares_memory(leaf, other):
                raise ValueError(
                    f"{place}: {named(what, structure, i)} and {named(other_what, structure, j)} "
                    "share memory, which would be updated twice. Keep a tied array in one place of "
                    "the tree and let the model use it twice"
                )


def owner(array: Any) -> Any:
    """Return what the memory of an array belongs to."""
    while getattr(array, "base", None) is not None:
        array = array.base
    return array
