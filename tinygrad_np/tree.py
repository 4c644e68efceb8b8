"""Trees: nested tuples, lists, dicts, named tuples, dataclasses and layers with arrays as leaves.

A tree is *flattened* into a list of its leaves and a `Structure`, which remembers everything else
and builds a tree of the same form around other leaves. ``None`` is a tree without leaves; whatever
is of no registered type is a leaf. Of a dataclass, the fields that hold integers, booleans, strings
or functions are not leaves but belong to the structure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import TreeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Structure", "flatten", "leaves", "map", "paths", "register", "unflatten"]


class Kind:
    """How trees of one type are taken apart, put together, and their children named."""

    __slots__ = ("build", "names", "split")

    def __init__(
        self,
        split: Callable[[Any], tuple[Sequence[Any], Any]],
        build: Callable[[Any, Sequence[Any]], Any],
        names: Callable[[Any], Sequence[str]] | None = None,
    ) -> None:
        self.split = split
        self.build = build
        self.names = names


class Structure:
    """The form of a tree: its type, what of it is not an array, and its children's structures.

    Two trees of equal structure have the same number of leaves, in the same places.

    Examples
    --------
    >>> flatten({"w": 1.0, "b": [2.0, None]})[1]
    {'w': *, 'b': [*, None]}
    """

    __slots__ = ("children", "kind", "static")

    def __init__(self, kind: type | None, static: Any, children: tuple[Structure, ...]) -> None:
        self.kind = kind
        self.static = static
        self.children = children

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Structure)
            and self.kind is other.kind
            and self.children == other.children
            and bool(self.static == other.static)
        )

    def __hash__(self) -> int:
        return hash((self.kind, self.children))

    def __repr__(self) -> str:
        inside = [repr(child) for child in self.children]
        if self.kind is None:
            return "*"
        if self.kind is type(None):
            return "None"
        if self.kind is list:
            return f"[{', '.join(inside)}]"
        if self.kind is tuple:
            return f"({', '.join(inside)}{',' * (len(inside) == 1)})"
        names = child_names(self)
        if self.kind is dict:
            pairs = zip(self.static, inside, strict=True)
            return "{" + ", ".join(f"{key!r}: {child}" for key, child in pairs) + "}"
        pairs = zip(names, inside, strict=True)
        return f"{self.kind.__name__}({', '.join(f'{name}={child}' for name, child in pairs)})"


LEAF = Structure(None, None, ())
KINDS: dict[type, Kind | None] = {
    tuple: Kind(lambda t: (t, None), lambda static, children: tuple(children)),
    list: Kind(lambda t: (t, None), lambda static, children: list(children)),
    dict: Kind(
        lambda d: (tuple(d.values()), tuple(d)),
        lambda keys, children: dict(zip(keys, children, strict=True)),
        lambda keys: [str(key) for key in keys],
    ),
    type(None): Kind(lambda none: ((), None), lambda static, children: None),
}
"""How each type that was met is a tree; None: it is a leaf."""


def register(
    kind: type,
    flatten: Callable[[Any], tuple[Sequence[Any], Any]],
    unflatten: Callable[[Any, Sequence[Any]], Any],
    names: Callable[[Any], Sequence[str]] | None = None,
) -> None:
    """Make a type a tree: say what its children are and how it is built from others.

    Parameters
    ----------
    kind : type
        The type; subclasses are registered on their own.
    flatten : callable
        ``flatten(tree) -> (children, static)``; ``static`` is compared with ``==``.
    unflatten : callable
        ``unflatten(static, children) -> tree``.
    names : callable, optional
        ``names(static)`` gives the children's names, for messages and saved files.

    Raises
    ------
    ValueError
        If ``kind`` is registered already.

    Examples
    --------
    >>> class Point:
    ...     def __init__(self, x, y):
    ...         self.x, self.y = x, y
    >>> register(Point, lambda p: ((p.x, p.y), None), lambda static, xy: Point(*xy))
    >>> leaves({"p": Point(1.0, 2.0)})
    [1.0, 2.0]
    """
    if KINDS.get(kind) is not None:
        raise ValueError(f"{kind.__qualname__} is registered as a tree already")
    KINDS[kind] = Kind(flatten, unflatten, names)


def find_kind(kind: type) -> Kind | None:
    """Say how a type that was not registered is a tree, if it is one."""
    if hasattr(kind, "tree_flatten") and hasattr(kind, "tree_unflatten"):
        found = Kind(kind.tree_flatten, kind.tree_unflatten, getattr(kind, "tree_names", None))
    elif issubclass(kind, tuple) and hasattr(kind, "_fields"):
        fields = kind._fields
        found = Kind(lambda t: (t, None), lambda s, children: kind(*children), lambda s: fields)
    elif hasattr(kind, "__dataclass_fields__"):
        found = dataclass_kind(kind)
    else:
        KINDS[kind] = None
        return None
    KINDS[kind] = found
    return found


def is_function(value: Any) -> bool:
    """Whether a value is called and nothing else: a layer is a tree too."""
    return callable(value) and how_of(type(value)) is None


def how_of(kind: type) -> Kind | None:
    try:
        return KINDS[kind]
    except KeyError:
        return find_kind(kind)


def dataclass_kind(kind: type) -> Kind:
    fields = tuple(kind.__dataclass_fields__)  # type: ignore[attr-defined]

    def split(tree: Any) -> tuple[Sequence[Any], Any]:
        children, names, rest = [], [], []
        for name in fields:
            value = getattr(tree, name)
            if isinstance(value, (bool, int, str, bytes)) or is_function(value):
                rest.append((name, value))
            else:
                children.append(value)
                names.append(name)
        return children, (tuple(names), tuple(rest))

    def build(static: Any, children: Sequence[Any]) -> Any:
        names, rest = static
        tree: Any = object.__new__(kind)
        for name, value in (*zip(names, children, strict=True), *rest):
            object.__setattr__(tree, name, value)
        return tree

    return Kind(split, build, lambda static: static[0])


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """Take a tree apart into its leaves and its structure.

    Parameters
    ----------
    tree : tree
        Anything; see the module's page for what counts as a tree.

    Returns
    -------
    leaves : list
        From left to right; a dict's in the order of its keys.
    structure : Structure
        What `unflatten` needs.

    Examples
    --------
    >>> flatten({"w": 1.0, "b": (2.0, 3.0)})
    ([1.0, 2.0, 3.0], {'w': *, 'b': (*, *)})
    """
    found: list[Any] = []
    return found, collect(tree, found)


def collect(tree: Any, found: list[Any]) -> Structure:
    """Append the leaves of ``tree`` to ``found``; return its structure."""
    kind = type(tree)
    try:
        how = KINDS[kind]
    except KeyError:
        how = find_kind(kind)
    if how is None:
        found.append(tree)
        return LEAF
    children, static = how.split(tree)
    structures = []
    for child in children:
        # Most children are leaves: no call for them.
        if KINDS.get(type(child), how) is None:
            found.append(child)
            structures.append(LEAF)
        else:
            structures.append(collect(child, found))
    return Structure(kind, static, tuple(structures))


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Any:
    """Build the tree of a structure around other leaves.

    Parameters
    ----------
    structure : Structure
        What `flatten` returned.
    leaves : sequence
        One for each leaf.

    Returns
    -------
    tree
        Of the same types as the one that was flattened.

    Raises
    ------
    TreeError
        If there are too few or too many leaves.

    Examples
    --------
    >>> leaves, structure = flatten({"w": 1.0, "b": (2.0, 3.0)})
    >>> unflatten(structure, [10.0, 20.0, 30.0])
    {'w': 10.0, 'b': (20.0, 30.0)}
    """
    remaining = iter(leaves)
    try:
        tree = build(structure, remaining)
    except StopIteration:
        raise TreeError(f"{len(leaves)} leaves are too few for the tree {structure}") from None
    if next(remaining, LEAF) is not LEAF:
        raise TreeError(f"{len(leaves)} leaves are too many for the tree {structure}")
    return tree


def build(structure: Structure, remaining: Any) -> Any:
    if structure.kind is None:
        return remaining.__next__()
    children = []
    for child in structure.children:
        children.append(remaining.__next__() if child is LEAF else build(child, remaining))
    how = KINDS[structure.kind]
    assert how is not None
    return how.build(structure.static, children)


def leaves(tree: Any) -> list[Any]:
    """List the leaves of a tree, from left to right.

    Examples
    --------
    >>> leaves([1.0, (2.0, None), {"k": 3.0}])
    [1.0, 2.0, 3.0]
    """
    return flatten(tree)[0]


def paths(tree: Any) -> list[str]:
    """Name each leaf of a tree by the way to it, from left to right.

    Examples
    --------
    >>> paths({"layers": [1.0, 2.0], "b": 3.0})
    ['layers.0', 'layers.1', 'b']
    """
    return structure_paths(flatten(tree)[1])


def structure_paths(structure: Structure) -> list[str]:
    if structure.kind is None:
        return [""]
    return [
        f"{name}.{rest}" if rest else name
        for name, child in zip(child_names(structure), structure.children, strict=True)
        for rest in structure_paths(child)
    ]


def child_names(structure: Structure) -> list[str]:
    how = KINDS[structure.kind] if structure.kind else None
    if how is None or how.names is None:
        return [str(i) for i in range(len(structure.children))]
    return list(how.names(structure.static))


def map(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply a function to each leaf, or to the leaves in the same places of several trees.

    Parameters
    ----------
    function : callable
        Takes one leaf of each tree.
    tree, *others : trees
        All of the same structure.

    Returns
    -------
    tree
        Of the structure of ``tree``, with what ``function`` returned as leaves.

    Raises
    ------
    TreeError
        If the structures differ; it shows both and the first place where they do.

    Examples
    --------
    >>> map(lambda a, b: a + b, {"x": 1.0, "y": [2.0]}, {"x": 10.0, "y": [20.0]})
    {'x': 11.0, 'y': [22.0]}
    """
    first, structure = flatten(tree)
    rows = [first]
    for other in others:
        found, other_structure = flatten(other)
        check_same(structure, other_structure, "tree.map")
        rows.append(found)
    return unflatten(structure, [function(*row) for row in zip(*rows, strict=True)])


def check_same(expected: Structure, found: Structure, place: str) -> None:
    """Raise a TreeError that shows both structures and where they first differ."""
    if expected != found:
        raise TreeError(
            f"{place}: the trees have different structures{first_difference(expected, found)}\n"
            f"  expected: {expected}\n  found:    {found}"
        )


def first_difference(expected: Structure, found: Structure, path: str = "") -> str:
    where = f" at {path!r}" if path else ""
    if expected.kind is not found.kind:
        names = [s.kind.__name__ if s.kind else "a leaf" for s in (expected, found)]
        return f"{where}: expected {names[0]}, found {names[1]}"
    names_expected, names_found = child_names(expected), child_names(found)
    if names_expected != names_found:
        missing = [name for name in names_expected if name not in names_found]
        extra = [name for name in names_found if name not in names_expected]
        if not missing and not extra:
            return f"{where}: the keys come in another order"
        return f"{where}: missing {missing}, extra {extra}"
    for name, a, b in zip(names_expected, expected.children, found.children, strict=True):
        if a != b:
            return first_difference(a, b, f"{path}.{name}" if path else name)
    return f"{where}: {expected.static!r} is not {found.static!r}"
