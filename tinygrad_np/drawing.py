"""Drawings of recordings: what a call of a function computed, as text, for Graphviz, and as SVG.

A recording keeps what derivatives need and no more. A drawing also shows constants and the values
of scalars, so it records with `Drawn` Tensors, which note them on the way.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import tree
from .recording import Node, Recorded, reachable, record, strip
from .tensor import Tensor
from .transforms import Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .ops.table import Op

__all__ = ["Graph", "graph"]

LIMIT = 200
"""How many boxes an SVG has at most, unless it is told otherwise."""

COLUMN = 60
"""Where the column of dtypes begins at the latest, in the text."""

COLOURS = {
    "input": ("#dfeafb", "#4a82cf"),
    "constant": ("#f3eddc", "#b39b57"),
    "op": ("#ffffff", "#b6c0ca"),
    "output": ("#dcf3e3", "#3f9d63"),
    "rest": ("#eef1f4", "#8a96a3"),
}
"""The colours of a box, and of its border, by what it stands for."""


class Notes:
    """What a recording does not keep: by its node, the constants of a call and a scalar's value."""

    def __init__(self) -> None:
        self.constants: dict[Node, list[Any]] = {}
        self.values: dict[Node, str | None] = {}


noted: dict[int, Notes] = {}
"""The notes of the recordings that are being drawn, by their level."""


def record_and_note(op: Op, args: Sequence[Any], settings: Mapping[str, Any], level: int) -> Any:
    """Do what `record` does, and note the constants among the arguments."""
    args = [np.asarray(arg) if isinstance(arg, (list, tuple)) else arg for arg in args]
    result = record(op, [as_tensor(arg) for arg in args], settings)
    node = result.node
    if node is not None and level in noted:
        noted[level].constants[node] = [
            None if parent is not None else arg
            for arg, parent in zip(args, node.parents, strict=True)
        ]
    return as_drawn(result)


class OnTheKind:
    """An attribute of the class that its instances do not have."""

    def __get__(self, instance: object, kind: type) -> Any:
        return record_and_note if instance is None else None


class Drawn(Tensor):
    """A Tensor of a recording that is being drawn.

    `record` asks the kind of a value for its ``intercept``. Whoever asks the value itself wants to
    know if it stands for others, as a batch does, and it does not.
    """

    __slots__ = ()

    intercept = OnTheKind()

    @property
    def level(self) -> int:
        return LEVEL.__get__(self)  # type: ignore[no-any-return]

    @level.setter
    def level(self, level: int) -> None:
        # The engine sets it last: what this is a value of is known by then.
        LEVEL.__set__(self, level)
        if self.node is not None and level in noted:
            noted[level].values[self.node] = value_of(self.value)


LEVEL: Any = Recorded.__dict__["level"]


def as_drawn(value: Tensor) -> Tensor:
    level = value.level
    value.__class__ = Drawn
    value.level = level
    return value


def as_tensor(value: Any) -> Any:
    """A plain Tensor in the place of a `Drawn` one; anything else as it is."""
    if type(value) is not Drawn:
        return value
    plain: Tensor = object.__new__(Tensor)
    plain.value, plain.node, plain.level = value.value, value.node, value.level
    return plain


class Box(NamedTuple):
    """A line of the text, and a box of the picture."""

    role: str
    name: str
    call: str = ""
    args: tuple[int | str, ...] = ()
    settings: str = ""
    kind: str = ""
    value: str | None = None


class Graph:
    """A drawing of what a call of a function computed. Made by `graph`; Jupyter shows its SVG.

    Examples
    --------
    >>> import tinygrad_np as tg
    >>> print(tg.graph(lambda x: 2.0 * x, 3.0))
    x = input               float64 () = 3.0
    %1 = multiply(2.0, x)   float64 () = 6.0
    return %1
    """

    def __init__(self, name: str, boxes: Sequence[Box]) -> None:
        self.name = name
        self.boxes = list(boxes)

    def __str__(self) -> str:
        statements = [self._statement(box) for box in self.boxes]
        widths = [len(text) for text, box in zip(statements, self.boxes, strict=True) if box.kind]
        column = min(COLUMN, max(widths, default=0))
        return "\n".join(
            f"{statement:{column}}   {typed(box)}".rstrip()
            for statement, box in zip(statements, self.boxes, strict=True)
        )

    __repr__ = __str__

    def line(self, box: Box) -> str:
        """The line of the text for a box."""
        return f"{self._statement(box)}   {typed(box)}".rstrip()

    def _statement(self, box: Box) -> str:
        if box.role == "output":
            return f"{box.name}{' =' if '[' in box.name else ''} {self._names(box)[0]}"
        if box.role != "op":
            return f"{box.name} = {box.role}"
        inside = ", ".join([*self._names(box), *([box.settings] if box.settings else [])])
        return f"{box.name} = {box.call}({inside})"

    def _names(self, box: Box) -> list[str]:
        return [arg if isinstance(arg, str) else self.boxes[arg].name for arg in box.args]

    def dot(self) -> str:
        """Return the drawing in DOT, the language of Graphviz.

        Examples
        --------
        >>> import numpy as np, tinygrad_np as tg
        >>> print(tg.graph(np.sin, 0.0).dot())
        digraph "sin" {
          ...
        }
        """
        lines = [
            f"digraph {quoted(self.name)} {{",
            '  bgcolor="white"; node [shape=box, style="rounded,filled", fontname="monospace"];',
        ]
        for number, box in enumerate(self.boxes):
            fill, line = COLOURS[box.role]
            label = quoted(*[text for text in captions(box) if text])
            lines.append(f'  n{number} [label={label}, fillcolor="{fill}", color="{line}"];')
            lines += [f"  n{arg} -> n{number};" for arg in box.args if isinstance(arg, int)]
        return "\n".join([*lines, "}"])

    def svg(self, limit: int | None = LIMIT) -> str:
        """Return the drawing as a picture that needs nothing else: no font, style sheet or script.

        Parameters
        ----------
        limit : int or None
            From how many boxes on the rest of them is drawn as a single one; None: never.

        Examples
        --------
        >>> import numpy as np, tinygrad_np as tg
        >>> tg.graph(np.sin, 0.0).svg()
        '<svg xmlns="http://www.w3.org/2000/svg" ...</svg>'
        """
        from .layout import picture

        if limit is not None and limit < 1:
            raise ValueError(f"svg: limit={limit}; it is a number of boxes, at least 1, or None")
        return picture(self, limit)

    def _repr_svg_(self) -> str:
        return self.svg()

    def save(self, path: str | Path, limit: int | None = LIMIT) -> None:
        """Write the drawing to a file, in the format that the end of its name says.

        Parameters
        ----------
        path : str or Path
            A name that ends in .svg, .dot or .txt.
        limit : int or None
            See `svg`; the other formats are always complete.

        Raises
        ------
        ValueError
            If the name ends otherwise.
        """
        path = Path(path)
        formats = {".svg": lambda: self.svg(limit), ".dot": self.dot, ".txt": self.__str__}
        if path.suffix not in formats:
            raise ValueError(f"save: {str(path)!r}: the name ends in {', '.join(formats)}")
        path.write_text(formats[path.suffix]() + "\n", encoding="utf-8")


def graph(fun: Callable[..., Any], *args: Any, **keywords: Any) -> Graph:
    """Draw what a call of a function computes: every op, with shapes, dtypes and scalars.

    Parameters
    ----------
    fun : callable
        Any function of NumPy code; a derivative (``tg.grad(f)``) is one too.
    *args : trees
        What to call it with. What depends on their floating or complex leaves is drawn.
    **keywords : any
        Passed on.

    Returns
    -------
    Graph
        To be printed; Jupyter shows it as a picture. ``save("name.svg")`` writes it to a file, as
        do .dot (for Graphviz) and .txt; ``svg()``, ``dot()`` and ``str()`` return the same.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> params = {"w": np.ones((3, 2)), "b": np.zeros(2)}
    >>> def loss(params, x):
    ...     return np.mean((x @ params["w"] + params["b"]) ** 2)
    >>> tg.graph(loss, params, np.ones((4, 3)))
    params['w'] = input           float64 (3, 2)
    params['b'] = input           float64 (2,)
    x = input                     float64 (4, 3)
    %1 = matmul(x, params['w'])   float64 (4, 2)
    %2 = add(%1, params['b'])     float64 (4, 2)
    %3 = power(%2, 2)             float64 (4, 2)
    %4 = mean(%3)                 float64 () = 9.0
    return %4
    """
    leaves, structure = tree.flatten(args)
    moving = [i for i, leaf in enumerate(leaves) if is_floating(leaf)]
    notes = Notes()
    levels: list[int] = []

    def run(*values: Tensor) -> Any:
        filled = list(leaves)
        for i, value in zip(moving, values, strict=True):
            noted.setdefault(value.level, notes)
            levels.append(value.level)
            filled[i] = as_drawn(value)
        return fun(*tree.unflatten(structure, filled), **keywords)

    try:
        recording = Recording("graph", run, [leaves[i] for i in moving], range(len(moving)), {})
    finally:
        for level in levels:
            noted.pop(level, None)

    drawing = Drawing(notes)
    inputs = dict(zip(moving, recording.inputs, strict=True))
    for i, (name, leaf) in enumerate(zip(argument_names(fun, structure, args), leaves)):
        drawing.add_input(name, leaf, inputs.get(i))
    if tree.how_of(type(fun)) is not None:
        held, form = tree.flatten(fun)
        drawing.names = {
            id(leaf): name.lstrip(".") for name, leaf in zip(names_in("", form), held, strict=True)
        }
    for node in reachable([node for node in recording.nodes if node is not None]):
        if node.op is not None:
            drawing.add_op(node)
    names = list(names_in("return", recording.out_structure))
    for name, value, out in zip(names, recording.outputs, recording.nodes, strict=True):
        drawing.add_output(name, value, out)
    if not names:
        drawing.boxes.append(Box("output", "return", args=(printable(recording.out_structure),)))
    return Graph(printable(getattr(fun, "__name__", type(fun).__name__)), drawing.boxes)


class Drawing:
    """The boxes of a graph while they are put together."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.boxes: list[Box] = []
        self.of_node: dict[Node, int] = {}
        self.of_array: dict[int, tuple[int, Any]] = {}
        self.names: dict[int, str] = {}
        self.ops = 0
        self.constants = 0

    def add(self, box: Box) -> int:
        self.boxes.append(box)
        return len(self.boxes) - 1

    def add_input(self, name: str, leaf: Any, node: Node | None) -> None:
        place = self.add(Box("input", name, kind=kind_of(leaf), value=value_of(leaf)))
        if node is not None:
            self.of_node[node] = place
        if np.shape(leaf):
            self.of_array[id(leaf)] = place, leaf

    def add_op(self, node: Node) -> None:
        assert node.op is not None
        assert node.saved is not None
        # An assignment in place is no call of an op, but its node says what it needs.
        constants = self.notes.constants.get(node) or node.saved[1:]
        args = tuple([
            self.constant(constant) if parent is None else self.of_node[parent]
            for parent, constant in zip(node.parents, constants, strict=True)
        ])
        self.ops += 1
        self.of_node[node] = self.add(
            Box(
                "op", f"%{self.ops}", printable(node.op.name), args,
                settings_text(node.op, node.settings), kind_of(node), self.notes.values.get(node),
            )
        )  # fmt: skip

    def constant(self, value: Any) -> int | str:
        """The box of a constant array, or the text of another constant."""
        if np.shape(value) == ():
            return value_of(value) or kind_of(value)
        if id(value) not in self.of_array:
            name = self.names.get(id(value))
            if name is None:
                self.constants += 1
                name = f"#{self.constants}"
            # The array is held so that no other gets its id.
            self.of_array[id(value)] = self.add(Box("constant", name, kind=kind_of(value))), value
        return self.of_array[id(value)][0]

    def add_output(self, name: str, value: Any, node: Node | None) -> None:
        arg = self.constant(value) if node is None else self.of_node[node]
        self.add(Box("output", name, args=(arg,)))


def is_floating(leaf: Any) -> bool:
    if isinstance(leaf, (np.ndarray, np.generic, Recorded)):
        return leaf.dtype.kind in "fc"  # type: ignore[union-attr]
    return isinstance(leaf, (float, complex))


# Names


def argument_names(
    fun: Callable[..., Any], structure: tree.Structure, args: Sequence[Any]
) -> Iterator[str]:
    """Name each leaf of the arguments: the parameter, and the way from there."""
    names: list[str] = []
    try:
        for parameter in inspect.signature(fun).parameters.values():
            if parameter.kind is parameter.VAR_POSITIONAL:
                names += [f"{parameter.name}[{i}]" for i in range(len(args) - len(names))]
            elif parameter.kind not in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD):
                names.append(parameter.name)
    except (TypeError, ValueError):
        pass  # some builtins have no signature
    names += [f"arg{i}" for i in range(len(names), len(args))]
    for name, child in zip(names, structure.children):
        yield from names_in(name, child)


def names_in(root: str, structure: tree.Structure) -> Iterator[str]:
    """Name each leaf of a tree as an expression that reads it."""
    if structure.kind is None:
        yield root
        return
    how = tree.KINDS[structure.kind]
    has_names = how is not None and how.names is not None
    keys = structure.static if structure.kind is dict else tree.child_names(structure)
    for key, child in zip(keys, structure.children, strict=True):
        if structure.kind is dict:
            step = f"[{printable(repr(key))}]"
        else:
            parts = str(key).split(".") if has_names else [key]
            step = "".join(f"[{p}]" if p.isdigit() else f".{printable(p)}" for p in parts)
        yield from names_in(root + step, child)


# Texts


def printable(text: Any) -> str:
    """The text of anything on one line, without what a file or a screen cannot show."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def value_of(value: Any) -> str | None:
    """The text of a number, or of an object that is no array; None for an array and a batch."""
    value = strip(value)
    if isinstance(value, (Recorded, Node)) or np.shape(value) != ():
        return None
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.item()
    if isinstance(value, (float, np.floating)):
        return repr(float(f"{value:.6g}"))
    if isinstance(value, (complex, np.complexfloating)):
        return repr(complex(f"{value:.6g}"))
    return shortened(printable(repr(value)), 40)


def kind_of(value: Any) -> str:
    """The dtype and shape of a value or of a node, or the type of anything else."""
    if isinstance(value, (float, complex)) and not isinstance(value, np.generic):
        value = np.asarray(value)
    if hasattr(value, "dtype"):
        return f"{value.dtype} {value.shape}"
    return type(value).__name__


def typed(box: Box) -> str:
    return box.kind if box.value is None else f"{box.kind} = {box.value}"


def settings_text(op: Op, settings: Mapping[str, Any]) -> str:
    """Write the settings that say something, as a call would."""
    if not settings:
        return ""
    try:
        parameters: Mapping[str, Any] = inspect.signature(op.forward).parameters
    except (TypeError, ValueError):
        parameters = {}
    texts = []
    for name, value in settings.items():
        default = getattr(parameters.get(name), "default", None)
        is_default = type(value) is type(default) and value == default
        if value is None or is_default or (value is False and default is np._NoValue):
            continue
        if name == "index":
            items = value if type(value) is tuple else (value,)
            texts.append(f"[{', '.join(map(setting_text, items))}]")
        else:
            texts.append(f"{name}={setting_text(value)}")
    return ", ".join(texts)


def setting_text(value: Any) -> str:
    if isinstance(value, slice):
        parts = ["" if part is None else str(part) for part in (value.start, value.stop)]
        return printable(":".join(parts if value.step is None else [*parts, str(value.step)]))
    if isinstance(value, (tuple, list)):
        opening, closing = "()" if isinstance(value, tuple) else "[]"
        items = [setting_text(item) for item in value[:8]] + ["…"] * (len(value) > 8)
        comma = "," if type(value) is tuple and len(items) == 1 else ""
        return f"{opening}{', '.join(items)}{comma}{closing}"
    if value is ...:
        return "..."
    if isinstance(value, np.dtype) or callable(value):
        return printable(getattr(value, "__name__", value))
    return value_of(value) or kind_of(value)


def captions(box: Box) -> tuple[str, str, str]:
    """What a box of the picture says: what it is, with what settings, and what comes out."""
    if box.role != "op":
        given = "".join(arg for arg in box.args if isinstance(arg, str))
        return shortened(box.name, 40), "", given or typed(box)
    inside = ["·" if isinstance(arg, int) else arg for arg in box.args]
    if all(isinstance(arg, int) for arg in box.args):
        inside = []
    inside += [box.settings] if box.settings else []
    text = ", ".join(inside)
    settings = shortened(text if text.startswith("[") or not text else f"({text})", 40)
    return shortened(box.call, 40), settings, typed(box)


def quoted(*lines: str) -> str:
    """A string of DOT."""
    texts = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    return '"' + "\\n".join(texts) + '"'
