"""Derivatives of functions: each is a few lines on top of the recording and its two sweeps.

All of them treat a function's arguments and results as trees (see `tinygrad_np.tree`) and return
plain ndarrays, or, inside another transform, the values that it records.
"""

from __future__ import annotations

import math
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from . import tree
from .batching import batched, spread
from .errors import GradientError, TreeError
from .overwriting import apart
from .recording import (
    Array,
    Node,
    Recorded,
    backward_sweep,
    constant_value,
    forward_sweep,
    leaf,
    new_level,
)
from .running import call
from .tensor import Tensor, check_differentiable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]


class Recording:
    """A call of a function on arguments whose leaves were made the inputs of a new recording."""

    def __init__(
        self,
        name: str,
        fun: Callable[..., Any],
        args: Sequence[Any],
        differentiated: Sequence[int],
        keywords: dict[str, Any],
        has_aux: bool = False,
    ) -> None:
        self.name = name
        self.level = new_level()
        self.primals: list[Array] = []
        self.inputs: list[Node] = []
        self.input_structures: list[tree.Structure] = []
        wrapped = list(args)
        for position in differentiated:
            wrapped[position] = self._wrap(args[position], position)
        result = call(fun, wrapped, keywords)
        self.aux = None
        if has_aux:
            if not (isinstance(result, tuple) and len(result) == 2):
                raise TypeError(
                    f"{name}: with has_aux=True the function returns a pair (value, aux), "
                    f"not {type(result).__name__}"
                )
            result, aux = result
            self.aux = tree.map(self._unwrap_apart, aux)
        outputs, self.out_structure = tree.flatten(result)
        self.nodes = [self._node(output) for output in outputs]
        self.outputs = [self._unwrap(output) for output in outputs]

    def _wrap(self, arg: Any, position: int) -> Any:
        leaves, structure = tree.flatten(arg)
        wrapped: list[Any] = []
        for value in leaves:
            if type(value) is not np.ndarray or value.dtype.kind not in "fc":
                path = tree.structure_paths(structure)[len(wrapped)]
                value = as_primal(value, self.name, position, path)
            wrapped.append(leaf(Tensor, value, self.level))
        self.primals += leaves
        self.inputs += [recorded.node for recorded in wrapped]
        self.input_structures.append(structure)
        return tree.unflatten(structure, wrapped)

    def _node(self, output: Any) -> Node | None:
        if not isinstance(output, Recorded) or output.level < self.level:
            return None
        if output.level > self.level:
            raise GradientError(
                f"tg.{self.name}: the function returned a value that an inner transform or a "
                "checkpoint recorded for itself, where no derivative can be followed to: hand it "
                "out as a result of the inner function (with has_aux=True), or use "
                "tg.stop_gradient(x)"
            )
        return output.node

    def _unwrap(self, output: Any) -> Any:
        if isinstance(output, Recorded) and output.level == self.level:
            return output.value
        return constant_value(output)

    def _unwrap_apart(self, output: Any) -> Any:
        return apart(self._unwrap(output)) if isinstance(output, Recorded) else output

    def out(self) -> Any:
        """What the function returned, in arrays that the caller may write into."""
        return tree.unflatten(self.out_structure, [apart(out) for out in self.outputs])

    def pull_back(self, cotangents: Sequence[Array], keep_graph: bool) -> list[Any]:
        """Return the cotangents of the arguments, a tree for each."""
        seeds = [
            (node, cotangent)
            for node, cotangent in zip(self.nodes, cotangents, strict=True)
            if node is not None
        ]
        swept = backward_sweep(seeds, keep_graph)
        taken = {id(cotangent) for cotangent in cotangents}
        gradients = [
            own(swept.get(node), node, primal, taken)
            for node, primal in zip(self.inputs, self.primals, strict=True)
        ]
        return self.like_arguments(gradients)

    def like_arguments(self, leaves: Sequence[Any]) -> list[Any]:
        """Build a tree like each argument around leaves of all of them together."""
        remaining = iter(leaves)
        return [tree.build(structure, remaining) for structure in self.input_structures]


def as_primal(value: Any, name: str, position: int, path: str) -> Array:
    """Return what a recording holds of an argument's leaf, or say why it has no derivative."""
    place = f"tg.{name}: argument {position}" + (f", leaf {path!r}" if path else "")
    if isinstance(value, (np.ndarray, np.generic, Recorded)):
        primal = value
    elif isinstance(value, (float, complex)):
        primal = np.asarray(value)[()]
    elif isinstance(value, int):
        raise GradientError(
            f"{place} is {value!r}, of type {type(value).__name__}, and has no gradient. "
            f"Pass a float: {float(value)!r}"
        )
    else:
        raise GradientError(
            f"{place} is of type {type(value).__name__}, not an array or a number. Differentiate "
            "with respect to other arguments (argnums=...), or register the type as a tree"
        )
    check_differentiable(primal, place)
    return primal


def own(gradient: Any, node: Node, primal: Any, taken: set[int]) -> Any:
    """Return a gradient as an array of its own, of the kind that the primal is."""
    if gradient is None:
        gradient = np.zeros(node.shape, node.dtype)
    if isinstance(gradient, Recorded):
        return gradient
    if not node.shape:
        return np.array(gradient) if type(primal) is np.ndarray else gradient[()]
    if gradient.base is not None or id(gradient) in taken:
        gradient = gradient.copy()
    taken.add(id(gradient))
    return gradient


def positions(argnums: int | Sequence[int], args: Sequence[Any], name: str) -> list[int]:
    """Return ``argnums`` as a list of positions among ``args``."""
    several: Any = argnums if is_sequence(argnums) else (argnums,)
    try:
        given = [index(one) for one in several]
    except TypeError:
        raise TypeError(
            f"tg.{name}: argnums={argnums!r}; it is the position of an argument, or a sequence of "
            "positions"
        ) from None
    for position in given:
        if not -len(args) <= position < len(args):
            raise TypeError(
                f"tg.{name}: argnums={argnums}, but the function was called with {len(args)} "
                "positional arguments; those to differentiate are passed by position"
            )
    found = [position % len(args) for position in given]
    if len(set(found)) < len(found):
        raise ValueError(f"tg.{name}: argnums={argnums} names an argument twice")
    return found


def is_sequence(argnums: Any) -> bool:
    """Whether several arguments are asked for: then there is a gradient for each, in a tuple."""
    return not isinstance(argnums, (int, np.integer)) and hasattr(argnums, "__iter__")


def scalar_seed(recording: Recording) -> list[Array]:
    """Return the cotangent of a function that must have returned a single number."""
    outputs = recording.outputs
    if recording.out_structure.kind is not None:
        raise GradientError(
            f"tg.{recording.name}: the function returned {recording.out_structure}, not a number. "
            "Return (loss, rest) with has_aux=True, or use tg.jacobian or tg.vjp"
        )
    (value,) = outputs
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        value = np.asarray(value)
        dtype = value.dtype
    if value.shape != ():
        raise GradientError(
            f"tg.{recording.name}: the function returned shape {value.shape}; the gradient is that "
            "of a single number. Reduce it (np.sum, np.mean), or use tg.jacobian or tg.vjp"
        )
    if dtype.kind == "c":
        raise GradientError(
            f"tg.{recording.name}: the function returned a complex number ({dtype}). Return its "
            "real part, or use tg.vjp with the cotangent you mean"
        )
    if dtype.kind != "f":
        raise GradientError(
            f"tg.{recording.name}: the function returned {value!r} of dtype {dtype}, which has no "
            "gradient; a loss is a floating-point number"
        )
    return [dtype.type(1)]


def value_and_grad(
    fun: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """x ↦ (f(x), ∇f(x)): a function and its gradient at once.

    Parameters
    ----------
    fun : callable
        Returns a real number, or with ``has_aux`` a pair (number, anything).
    argnums : int or sequence of int
        The positions of the arguments to differentiate with respect to. They may be trees; their
        leaves are floating or complex.
    has_aux : bool
        Whether ``fun`` returns something besides the number, which is passed on.

    Returns
    -------
    callable
        Takes the arguments of ``fun`` and returns ``(value, gradient)``, or with ``has_aux``
        ``((value, aux), gradient)``. The gradient is a tree like the argument, each leaf of that
        leaf's shape and dtype; for a sequence of ``argnums``, a tuple of them.

    Raises
    ------
    GradientError
        If an argument has no derivative (integers, not a number) or the function's value has none.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> value, gradient = tg.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    >>> print(value, gradient)
    5.0 [2. 4.]
    """
    return differentiate("value_and_grad", fun, argnums, has_aux, lambda value, grad: (value, grad))


def grad(
    fun: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """x ↦ ∇f(x): the gradient of a function that returns a number.

    Parameters
    ----------
    fun : callable
        Returns a real number, or with ``has_aux`` a pair (number, anything).
    argnums : int or sequence of int
        The positions of the arguments to differentiate with respect to. They may be trees.
    has_aux : bool
        Whether ``fun`` returns something besides the number; the result is then
        ``(gradient, aux)``.

    Returns
    -------
    callable
        Takes the arguments of ``fun`` and returns a tree like the argument, each leaf of that
        leaf's shape and dtype; for a sequence of ``argnums``, a tuple of them. The gradient G with
        respect to complex numbers says that f changes by Re Σ G t along t, so f falls fastest along
        −conj(G).

    Raises
    ------
    GradientError
        If an argument has no derivative (integers, not a number) or the function's value has none.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> float(tg.grad(np.sin)(0.0))
    1.0
    >>> float(tg.grad(tg.grad(tg.grad(lambda x: x**4)))(2.0))
    48.0
    """

    def choose(value: Any, gradient: Any) -> Any:
        return (gradient, value[1]) if has_aux else gradient

    return differentiate("grad", fun, argnums, has_aux, choose)


def differentiate(
    name: str,
    fun: Callable[..., Any],
    argnums: int | Sequence[int],
    has_aux: bool,
    choose: Callable[[Any, Any], Any],
) -> Callable[..., Any]:
    """Make the function that records ``fun``, sweeps back once, and returns what is chosen."""

    def gradient_function(*args: Any, **keywords: Any) -> Any:
        differentiated = positions(argnums, args, name)
        recording = Recording(name, fun, args, differentiated, keywords, has_aux)
        gradients = recording.pull_back(scalar_seed(recording), keep_graph=False)
        value = (recording.outputs[0], recording.aux) if has_aux else recording.outputs[0]
        return choose(value, tuple(gradients) if is_sequence(argnums) else gradients[0])

    gradient_function.__name__ = f"{name}_of_{getattr(fun, '__name__', type(fun).__name__)}"
    gradient_function.__wrapped__ = fun  # type: ignore[attr-defined]  # it has its signature
    return gradient_function


def vjp(fun: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """(f(x), g ↦ gᵀ ∂f(x)): a function's value and its pullback.

    Parameters
    ----------
    fun : callable
        Takes the primals and returns an array or a tree of arrays.
    *primals : trees
        Where to differentiate; their leaves are floating or complex.

    Returns
    -------
    out : tree
        ``fun(*primals)``.
    pullback : callable
        Takes a cotangent like ``out`` and returns a tuple, one tree for each primal. It can be
        called any number of times.

    Raises
    ------
    GradientError
        If a leaf of a primal has no derivative.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> out, pullback = tg.vjp(lambda a, b: a * b, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    >>> pullback(np.array([1.0, 10.0]))
    (array([ 3., 40.]), array([ 1., 20.]))
    """
    recording = Recording("vjp", fun, primals, range(len(primals)), {})

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        leaves = matching_leaves(
            cotangent, recording.outputs, recording.out_structure, "tg.vjp: cotangent"
        )
        return tuple(recording.pull_back(leaves, keep_graph=True))

    return recording.out(), pullback


def matching_leaves(
    given: Any, values: Sequence[Any], structure: tree.Structure, place: str
) -> list[Array]:
    """Return the leaves of ``given``, checked and converted to be like ``values``."""
    leaves, found = tree.flatten(given)
    tree.check_same(structure, found, place)
    converted = []
    for vector, value in zip(leaves, values, strict=True):
        if not isinstance(vector, Recorded):
            vector = np.asarray(vector)[()]
        shape, dtype = np.shape(value), np.result_type(value)
        if vector.shape != shape:
            raise ValueError(f"{place} has shape {vector.shape}; expected {shape}")
        if vector.dtype != dtype and dtype.kind in "fc":
            if vector.dtype.kind == "c" and dtype.kind == "f":
                raise ValueError(f"{place} is complex ({vector.dtype}); expected {dtype}")
            vector = vector.astype(dtype)
        converted.append(vector)
    return converted


def jvp(fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """(f(x), ∂f(x) t): a function's value and its derivative along a tangent.

    Parameters
    ----------
    fun : callable
        Takes the primals and returns an array or a tree of arrays.
    primals : sequence of trees
        Where to differentiate; their leaves are floating or complex.
    tangents : sequence of trees
        Along what: trees like the primals.

    Returns
    -------
    out : tree
        ``fun(*primals)``.
    tangent_out : tree
        A tree like ``out``.

    Raises
    ------
    GradientError
        If a leaf of a primal has no derivative.
    TreeError, ValueError
        If the tangents do not fit the primals.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> out, tangent_out = tg.jvp(np.sin, (0.0,), (2.0,))
    >>> print(out, tangent_out)
    0.0 2.0
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError("tg.jvp: primals and tangents are tuples, one entry for each argument")
    if len(primals) != len(tangents):
        raise TreeError(f"tg.jvp: {len(primals)} primals, but {len(tangents)} tangents")
    recording = Recording("jvp", fun, primals, range(len(primals)), {})
    vectors: list[Array] = []
    for position, (primal, tangent) in enumerate(zip(primals, tangents, strict=True)):
        leaves, structure = tree.flatten(primal)
        place = f"tg.jvp: tangent {position}"
        vectors += matching_leaves(tangent, leaves, structure, place)
    moved = push_forward(recording, vectors)
    return recording.out(), tree.unflatten(recording.out_structure, moved)


def push_forward(recording: Recording, tangents: Sequence[Array]) -> list[Array]:
    """Return the tangents of a recording's outputs."""
    swept = forward_sweep(
        [node for node in recording.nodes if node is not None],
        dict(zip(recording.inputs, tangents, strict=True)),
    )
    moved = []
    taken = {id(tangent) for tangent in tangents}
    for node, value in zip(recording.nodes, recording.outputs, strict=True):
        if node is None:
            moved.append(np.zeros(np.shape(value), floating_like(value))[()])
        else:
            moved.append(own(swept.get(node), node, None, taken))
    return moved


def floating_like(value: Any) -> np.dtype[Any]:
    """The dtype of the tangent of a value that depends on nothing: its own, or float64."""
    dtype = np.result_type(value)
    return dtype if dtype.kind in "fc" else np.dtype(float)


def jacobian(
    fun: Callable[..., Any], argnums: int | Sequence[int] = 0, mode: str = "auto"
) -> Callable[..., Any]:
    """x ↦ ∂f(x)/∂x: all derivatives of an array with respect to an array.

    Parameters
    ----------
    fun : callable
        Returns an array, or a tree of arrays.
    argnums : int or sequence of int
        The positions of the arguments to differentiate with respect to. They may be trees.
    mode : {"auto", "reverse", "forward"}
        A sweep back for each element of the output, or one forward for each of the input; "auto"
        takes the fewer.

    Returns
    -------
    callable
        Takes the arguments of ``fun`` and returns an array of shape ``out.shape + x.shape``; for a
        tree, a tree of them; for a sequence of ``argnums``, a tuple of them. If ``fun`` returns a
        tree, there is such a result in the place of each of its leaves.

    Raises
    ------
    ValueError
        If ``mode`` is none of the three.
    GradientError
        If an argument has no derivative.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> tg.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    if mode not in ("auto", "reverse", "forward"):
        raise ValueError(f"tg.jacobian: mode={mode!r}; it is 'auto', 'reverse' or 'forward'")

    def jacobian_function(*args: Any, **keywords: Any) -> Any:
        differentiated = positions(argnums, args, "jacobian")
        recording = Recording("jacobian", fun, args, differentiated, keywords)
        size_in = sum(leaf_node.size for leaf_node in recording.inputs)
        size_out = sum(np.size(output) for output in recording.outputs)
        by_rows = mode == "reverse" or (mode == "auto" and size_out <= size_in)
        blocks = rows(recording) if by_rows else columns(recording)
        return tree_of_trees(recording, blocks, is_sequence(argnums))

    return jacobian_function


def tree_of_trees(recording: Recording, blocks: list[list[Array]], several: bool) -> Any:
    """Build a tree like the output, of trees like the arguments, around a block for each pair."""
    trees = []
    for of_output in blocks:
        like_arguments = recording.like_arguments(of_output)
        trees.append(tuple(like_arguments) if several else like_arguments[0])
    return tree.unflatten(recording.out_structure, trees)


def rows(recording: Recording) -> list[list[Array]]:
    """The Jacobian of each output by each input leaf: a sweep back of a batch of cotangents."""
    shapes = [np.shape(value) for value in recording.outputs]
    seeds, ranges = unit_vectors(recording.nodes, shapes)
    swept = backward_sweep(seeds)
    return [
        [
            block_of(swept.get(node), numbers, node.shape, node.dtype).reshape(shape + node.shape)
            for node in recording.inputs
        ]
        for shape, numbers in zip(shapes, ranges, strict=True)
    ]


def columns(recording: Recording) -> list[list[Array]]:
    """The Jacobian of each output by each input leaf: a sweep forward of a batch of tangents."""
    shapes = [leaf_node.shape for leaf_node in recording.inputs]
    seeds, ranges = unit_vectors(recording.inputs, shapes)
    swept = forward_sweep([node for node in recording.nodes if node is not None], dict(seeds))
    blocks = []
    for node, value in zip(recording.nodes, recording.outputs, strict=True):
        moved = None if node is None else swept.get(node)
        shape, dtype = np.shape(value), floating_like(value)
        blocks.append([
            np.moveaxis(block_of(moved, numbers, shape, dtype), 0, -1).reshape(shape + of_leaf)
            for of_leaf, numbers in zip(shapes, ranges, strict=True)
        ])
    return blocks


def unit_vectors(
    nodes: Sequence[Node | None], shapes: Sequence[tuple[int, ...]]
) -> tuple[list[tuple[Node, Array]], list[range]]:
    """Return a unit vector for each element of some nodes, and the numbers of those of each."""
    level = new_level()
    seeds: list[tuple[Node, Array]] = []
    ranges: list[range] = []
    for node, shape in zip(nodes, shapes, strict=True):
        start = ranges[-1].stop if ranges else 0
        size = math.prod(shape)
        ranges.append(range(start, start + size))
        if node is not None and size:
            unit = np.eye(size, dtype=node.dtype).reshape(size, *shape)
            seeds.append((node, batched(unit, level, np.array(ranges[-1]))))
    return seeds, ranges


def block_of(
    swept: Array | None, numbers: range, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Array:
    """Return what a sweep made of the unit vectors of these numbers, as an array of its own."""
    if swept is None:
        return np.zeros((len(numbers), *shape), dtype)
    if getattr(swept, "rows", None) is None:  # a rule gave 0 for all of them
        swept = np.broadcast_to(swept, (len(numbers), *shape))
        return swept if isinstance(swept, Recorded) else swept.copy()
    first, last = np.searchsorted(swept.rows, (numbers.start, numbers.stop))
    return spread(swept.value[first:last], swept.rows[first:last], np.array(numbers))


def hessian(fun: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """x ↦ ∂²f(x)/∂x²: all second derivatives of a function that returns a number.

    Parameters
    ----------
    fun : callable
        Returns a real number.
    argnums : int or sequence of int
        The positions of the arguments to differentiate with respect to. They may be trees.

    Returns
    -------
    callable
        Takes the arguments of ``fun`` and returns an array of shape ``x.shape + x.shape``; for a
        tree, a tree of trees: the gradient's leaf first, then the leaf it is differentiated by.

    Raises
    ------
    GradientError
        As for `grad`.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> tg.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    gradient = grad(fun, argnums)

    def hessian_function(*args: Any, **keywords: Any) -> Any:
        differentiated = positions(argnums, args, "hessian")
        recording = Recording("hessian", gradient, args, differentiated, keywords)
        return tree_of_trees(recording, rows(recording), is_sequence(argnums))

    return hessian_function


def hvp(fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """∂²f(x) t: the Hessian times a vector, without the Hessian (Pearlmutter, 1994).

    Parameters
    ----------
    fun : callable
        Takes the primals and returns a real number.
    primals : sequence of trees
        Where to differentiate.
    tangents : sequence of trees
        What to multiply the Hessian with: trees like the primals.

    Returns
    -------
    tree or tuple of trees
        Like the primal; for several, a tuple.

    Raises
    ------
    GradientError, TreeError, ValueError
        As for `grad` and `jvp`.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> tg.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    array([ 6., 12.])
    """
    gradient = grad(fun, range(len(primals)))
    products = jvp(lambda *args: gradient(*args), primals, tangents)[1]
    return products[0] if len(primals) == 1 else products
