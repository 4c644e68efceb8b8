"""Groups: settings for some of the parameters only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tinygrad_np import tree
from tinygrad_np.optim.checks import number

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Group"]


class Group:
    """Settings for those parameters whose path a function picks.

    A parameter may be in several groups that set different things: its weight decay in one, its
    learning rate in another. What no group sets is as the optimizer says. Two groups that set the
    same of one parameter are an error, and so is a group that no parameter is in.

    Parameters
    ----------
    predicate : callable
        ``predicate(path)`` says whether the parameter under that path is in the group; see
        `tinygrad_np.tree.paths`.
    lr : float or callable, optional
        Their learning rate, or a schedule.
    weight_decay : float, optional
        Their weight decay.
    frozen : bool
        Whether to leave them, and what the state holds of them, as they are. Their gradients are
        not looked at, nor counted into the global norm.

    Raises
    ------
    TypeError, ValueError
        If a setting is not what it has to be, or none is given.

    Notes
    -----
    ``lr``, ``weight_decay`` and ``frozen`` may be set anew between steps.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_np import optim
    >>> biases = optim.Group(lambda path: path.endswith("bias"), weight_decay=0.0)
    >>> encoder = optim.Group(lambda path: path.startswith("encoder."), lr=0.25)
    >>> params = {"encoder": {"bias": np.ones(1)}, "weights": np.ones(1), "bias": np.ones(1)}
    >>> optim.SGD(0.5, weight_decay=0.5, groups=[biases, encoder]).step(params, params)
    >>> params
    {'encoder': {'bias': array([0.75])}, 'weights': array([0.25]), 'bias': array([0.5])}
    """

    __slots__ = ("frozen", "lr", "predicate", "weight_decay")

    def __init__(
        self,
        predicate: Callable[[str], Any],
        lr: float | Callable[[int], float] | None = None,
        weight_decay: float | None = None,
        frozen: bool = False,
    ) -> None:
        if not callable(predicate):
            raise TypeError(
                f"Group: predicate={predicate!r}; expected a function of a parameter's path, as "
                "lambda path: path.endswith('bias')"
            )
        if lr is None and weight_decay is None and not frozen:
            raise ValueError("Group: give what is different: lr, weight_decay or frozen=True")
        self.predicate = predicate
        self.lr: Any = lr if lr is None else learning_rate("Group: lr", lr)
        self.weight_decay: Any = weight_decay
        if weight_decay is not None:
            self.weight_decay = decay_rate("Group: weight_decay", weight_decay)
        self.frozen = frozen

    def __repr__(self) -> str:
        settings = [repr(self.predicate)]
        if self.lr is not None:
            settings.append(f"lr={self.lr!r}")
        if self.weight_decay is not None:
            settings.append(f"weight_decay={self.weight_decay!r}")
        if self.frozen:
            settings.append("frozen=True")
        return f"Group({', '.join(settings)})"


class Assignment:
    """Which parameters of a tree are in which groups.

    Attributes
    ----------
    kinds : list of tuple of int
        The sets of groups, by their numbers, that parameters are in.
    kind_of : list of int
        For each parameter, which of ``kinds`` is its.
    """

    __slots__ = ("groups", "kind_of", "kinds", "structure")

    def __init__(self, place: str, groups: tuple[Group, ...], structure: tree.Structure) -> None:
        self.groups = groups
        self.structure = structure
        paths = tree.structure_paths(structure)
        rows = [
            tuple([i for i, group in enumerate(groups) if group.predicate(path)]) for path in paths
        ]
        for i, group in enumerate(groups):
            if not any(i in row for row in rows):
                raise ValueError(
                    f"{place}: no parameter is in groups[{i}], {group!r}; their paths are {paths}"
                )
        self.kinds = list(dict.fromkeys(rows))
        self.kind_of = [self.kinds.index(row) for row in rows]

    def is_for(self, groups: tuple[Group, ...], structure: tree.Structure) -> bool:
        """Whether the groups are these, and pick the same in a tree of the structure."""
        return groups == self.groups and (not groups or structure == self.structure)

    def frozen(self, kind: int) -> bool:
        """Whether a group leaves its parameters as they are."""
        return any(self.groups[i].frozen for i in self.kinds[kind])

    def setting(self, place: str, name: str, kind: int, default: Any) -> tuple[str, Any]:
        """Return what a setting is, and its name for messages."""
        found = [i for i in self.kinds[kind] if getattr(self.groups[i], name) is not None]
        if not found:
            return name, default
        if len(found) > 1:
            path = tree.structure_paths(self.structure)[self.kind_of.index(kind)]
            raise ValueError(
                f"{place}: groups[{found[0]}] and groups[{found[1]}] both set the {name} of "
                f"{path!r}. Let their predicates pick different parameters"
            )
        return f"groups[{found[0]}].{name}", getattr(self.groups[found[0]], name)


def checked_groups(name: str, groups: Any) -> tuple[Group, ...]:
    """Return groups as a tuple, or raise if they are anything else."""
    if not isinstance(groups, (tuple, list)) or not all(isinstance(g, Group) for g in groups):
        raise TypeError(f"{name}: groups={groups!r}; expected a list of optim.Group")
    return tuple(groups)


def learning_rate(name: str, lr: Any) -> Any:
    """Return a learning rate as a float, or as it is if it is a schedule or differentiated."""
    if callable(lr):
        return lr
    return number(name, lr, lambda lr: 0 < lr < math.inf, "> 0 and finite")


def decay_rate(name: str, decay: Any) -> Any:
    return number(name, decay, lambda decay: 0 <= decay < math.inf, "≥ 0 and finite")
