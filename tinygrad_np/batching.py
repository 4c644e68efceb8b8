"""vmap: run a function on a whole batch at once, written as if for one example.

A `Batched` value holds a batch of arrays, the batch axis first, and claims the shape of one of
them. An op on batched values is carried out by its batching rule: the op itself, with the axes
moved out of the batch axis's way. An op without a rule is carried out example by example, which is
correct, and no faster than a loop.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from . import memory, tree  # noqa: F401 - memory: for what it does
from .errors import GradientError
from .ops import (
    TABLE,
    Op,
    calculus,
    contractions,
    elementwise,
    fourier,
    indexing,
    joining,
    linear_algebra,
    products,
    reductions,
    shaping,
    signals,
    sorting,
    values_of,
    windows,
)
from .protocols import dispatch
from .recording import Array, Recorded, constant_value, new_level, new_object
from .running import call
from .tensor import Tensor, stand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Batched", "vmap"]


WHERE = "np.nanmean(np.where(mask, a, np.nan)) for np.nanmean(a, where=mask)"


class Batched(Tensor):
    """A batch of arrays that is used like one of them.

    In a sweep of a batch of tangents, or of cotangents, ``rows`` are the numbers of those that it
    holds. All others are zero; the rules are linear, so what they make of these is zero too.
    """

    __slots__ = ()

    @property  # type: ignore[misc]
    def shape(self) -> tuple[int, ...]:
        return self.value.shape[1:]  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    @staticmethod
    def intercept(op: Op, args: Sequence[Any], settings: Mapping[str, Any], level: int) -> Array:
        return batch(op, BATCHING.get(op, one_by_one), args, settings, level)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method == "__call__" and not keywords and ufunc not in TABLE:
            values = values_of(inputs)
            return batch(ufunc, elementwise_batch, values, {}, innermost(values))
        return super().__array_ufunc__(ufunc, method, *inputs, **keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        if function in TABLE:
            return dispatch(function, args, keywords)
        args, keywords = values_of((args, keywords))
        if function in ABOUT_ONE:
            return function(*tree.map(stand_in, args), **keywords)
        leaves, structure = tree.flatten((args, keywords))
        level = innermost(leaves)
        batches = sum(isinstance(leaf, Batched) for leaf in leaves)
        if batches == sum(isinstance(arg, Batched) for arg in args):
            rule = BATCHING.get(function, one_by_one)
            found = batch(function, rule, args, keywords, level)
            return tuple(found) if function in RETURN_TUPLES else found

        def on_leaves(*leaves: Any) -> Any:
            args, keywords = tree.unflatten(structure, leaves)
            return function(*args, **keywords)

        on_leaves.__name__ = function.__name__
        return batch(on_leaves, one_by_one, leaves, {}, level)

    def refuse(self, *unused: Any, **keywords: Any) -> Any:
        """Raise: a batch has no single value."""
        raise GradientError(
            "inside tg.vmap a value stands for a whole batch and has no single number: choose with "
            f"np.where instead of if, convert after vmap has returned, and {WHERE}"
        )

    __float__ = __int__ = __bool__ = __complex__ = __index__ = numpy = refuse

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise GradientError(
            "inside tg.vmap a value stands for a whole batch, which would become a plain ndarray: "
            "in np.array, np.asarray, a list, an assignment into a plain array, or a function that "
            "converts its arguments. Write np.stack([...]) for np.array([...]) and for a list, "
            f"np.zeros_like(x, shape=...) for np.zeros(...), and {WHERE}; or import "
            "tinygrad_np.numpy as np"
        )

    def __round__(self, *digits: int) -> Any:
        rounded: Any = np.round(self, *digits)  # type: ignore[call-overload]
        return rounded if digits or self.shape else rounded.astype(int)

    def __trunc__(self) -> Any:
        return np.trunc(self).astype(int)

    def __floor__(self) -> Any:
        return np.floor(self).astype(int)

    def __ceil__(self) -> Any:
        return np.ceil(self).astype(int)

    def __format__(self, specification: str) -> str:
        return repr(self)

    def __repr__(self) -> str:
        return f"Batched(shape={self.shape}, dtype={self.dtype}, batch of {len(self.value)})"


def batched(data: Array, level: int, rows: Array | None = None) -> Batched:
    value: Batched = new_object(Batched)
    value.value = data
    value.level = level
    value.node = None
    value.rows = rows
    return value


def innermost(args: Any) -> int:
    """The level of the innermost batch among arguments, in sequences too."""
    levels = [leaf.level for leaf in tree.leaves(args) if isinstance(leaf, Batched)]
    return max(levels)


def batch(
    function: Callable[..., Any],
    rule: Callable[..., Array],
    args: Sequence[Any],
    settings: Mapping[str, Any],
    level: int,
) -> Batched:
    """Call a batching rule with the batches' arrays, and a flag for each argument that is one."""
    flags = [isinstance(arg, Batched) and arg.level == level for arg in args]
    values = [
        arg.value if mine else constant_value(arg) for arg, mine in zip(args, flags, strict=True)
    ]
    held = [arg.rows for arg, mine in zip(args, flags, strict=True) if mine]
    rows = held[0]
    for others in held:
        if others is not rows:
            rows = functools.reduce(np.union1d, held)
            values = [
                spread(value, arg.rows, rows) if mine else value
                for value, arg, mine in zip(values, args, flags, strict=True)
            ]
            break
    out = rule(function, values, flags, **settings)
    if rows is not None and function is indexing.getitem and 2 * out.size <= values[0].size:
        out, rows = without_zeros(out, rows)
    return batched(out, level, rows)


def spread(value: Array, rows: Array, among: Array) -> Array:
    """Put rows where they stand among more of them, which are zero."""
    places = np.searchsorted(among, rows)
    if isinstance(value, Recorded):
        shape = (len(among), *value.shape[1:])  # type: ignore[attr-defined]
        return indexing.scatter_add(value, index=places, shape=shape)
    out = np.zeros((len(among), *value.shape[1:]), value.dtype)
    out[places] = value
    return out


def without_zeros(out: Array, rows: Array) -> tuple[Array, Array]:
    """Leave out rows that are zero, but for one: of a part of all parameters, most are."""
    if type(out) is not np.ndarray:
        return out, rows
    found = np.flatnonzero(out.any(axis=tuple(range(1, out.ndim))))
    if len(found) == len(out):
        return out, rows
    found = found if len(found) else np.zeros(1, int)
    return out[found], rows[found]


def batch_size(values: Sequence[Any], flags: Sequence[bool]) -> int:
    return next(len(value) for value, mine in zip(values, flags, strict=True) if mine)


def name_of(function: Any) -> str:
    return str(getattr(function, "name", getattr(function, "__name__", "function")))


def one_by_one(
    function: Callable[..., Any], values: Sequence[Any], flags: Sequence[bool], **settings: Any
) -> Array:
    """Call the function for each example."""
    size = batch_size(values, flags)
    if size == 0:
        raise ValueError(
            f"tg.vmap: a batch of no examples has no shape to give {name_of(function)}'s result"
        )
    results = [
        function(
            *[value[i] if mine else value for value, mine in zip(values, flags, strict=True)],
            **settings,
        )
        for i in range(size)
    ]
    if len({np.shape(result) for result in results}) > 1:
        raise GradientError(
            f"{name_of(function)}: inside tg.vmap its result has another shape for each example; "
            "call it outside, or choose with np.where"
        )
    return np.stack(results)


def elementwise_batch(
    function: Callable[..., Any], values: Sequence[Any], flags: Sequence[bool], **settings: Any
) -> Array:
    """Line up the examples' axes, so that broadcasting happens among them."""
    if len(values) == 1:
        return function(*values, **settings)
    ndims = [np.ndim(value) - mine for value, mine in zip(values, flags, strict=True)]
    ndim = max(ndims)
    aligned = [
        value.reshape((len(value),) + (1,) * (ndim - own) + value.shape[1:])
        if mine and own < ndim
        else value
        for value, own, mine in zip(values, ndims, flags, strict=True)
    ]
    return function(*aligned, **settings)


def inner_axes(axis: Any, ndim: int) -> Any:
    """Say an axis, or axes, of an example of ``ndim`` axes as axes of the batch."""
    if axis is None:
        return tuple(range(1, ndim + 1))
    if np.ndim(axis):
        return tuple(inner_axes(one, ndim) for one in axis)
    axis = int(axis)
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(axis, ndim)
    return axis % ndim + 1


def along_axis(*names: str, flattens: bool = False) -> Callable[..., Array]:
    """Make the rule of a function of one array with settings that name axes."""

    def rule(
        function: Callable[..., Any], values: Sequence[Any], flags: Sequence[bool], **settings: Any
    ) -> Array:
        (value,) = values
        if flattens and settings.get(names[0]) is None:
            value = value.reshape((len(value), -1))
            settings[names[0]] = 0
        ndim = value.ndim - 1
        if ndim == 0 and any(settings.get(name) is not None for name in names):
            # NumPy reduces numbers along an axis 0 that they do not have.
            return one_by_one(function, values, flags, **settings)
        moved = {name: inner_axes(settings.pop(name, None), ndim) for name in names}
        return function(value, **settings, **moved)

    return rule


def transpose_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], axes: Any = None
) -> Array:
    ndim = values[0].ndim - 1
    order = range(ndim)[::-1] if axes is None else axes
    return function(values[0], axes=(0, *inner_axes(tuple(order), ndim)))


def reshape_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], shape: Any = None, order: Any = "C"
) -> Array:
    if order != "C":
        return one_by_one(function, values, flags, shape=shape, order=order)
    value = values[0]
    shape = tuple(shape) if np.iterable(shape) else (shape,)
    if -1 in shape and value.size:
        known = -int(np.prod(shape))
        shape = tuple(int(np.prod(value.shape[1:])) // known if n == -1 else n for n in shape)
    return function(value, shape=(len(value), *shape))


def ravel_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], order: Any = "C"
) -> Array:
    size = int(np.prod(values[0].shape[1:]))
    return reshape_batch(shaping.reshape, values, flags, (size,), order)


def squeeze_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], axis: Any = None
) -> Array:
    value = values[0]
    if axis is None:
        axis = tuple(i for i, n in enumerate(value.shape[1:]) if n == 1)
    elif value.ndim == 1:
        return one_by_one(function, values, flags, axis=axis)
    return function(value, axis=inner_axes(axis, value.ndim - 1))


def expand_dims_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], axis: Any = None
) -> Array:
    axes = tuple(axis) if np.iterable(axis) else (axis,)
    ndim = values[0].ndim - 1 + len(axes)
    return function(values[0], axis=inner_axes(axes, ndim))


def broadcast_to_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], shape: Any = None
) -> Array:
    value = values[0]
    shape = tuple(shape) if np.iterable(shape) else (shape,)
    missing = (1,) * (len(shape) - value.ndim + 1)
    aligned = value.reshape((len(value), *missing, *value.shape[1:]))
    return function(aligned, shape=(len(value), *shape))


def assignment_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], index: Any = None
) -> Array:
    index = index if isinstance(index, tuple) else (index,)
    if advanced_axes_move(index):
        return one_by_one(function, values, flags, index=index)
    size = batch_size(values, flags)
    whole, value = values
    if not flags[0]:
        whole = np.broadcast_to(whole, (size, *np.shape(whole)))
    if flags[1]:
        missing = whole[(slice(None), *index)].ndim - value.ndim
        value = value.reshape((size,) + (1,) * missing + value.shape[1 + max(-missing, 0) :])
    return function(whole, value, index=(slice(None), *index))


def getitem_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], index: Any = None
) -> Array:
    index = index if isinstance(index, tuple) else (index,)
    if advanced_axes_move(index):
        return one_by_one(function, values, flags, index=index)
    return function(values[0], index=(slice(None), *index))


def scatter_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], index: Any = None, shape: Any = ()
) -> Array:
    index = index if isinstance(index, tuple) else (index,)
    if advanced_axes_move(index):
        return one_by_one(function, values, flags, index=index, shape=shape)
    return function(values[0], index=(slice(None), *index), shape=(len(values[0]), *shape))


def take_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], axis: int = 0, **settings: Any
) -> Array:
    if flags[1]:
        return one_by_one(function, values, flags, axis=axis, **settings)
    return function(*values, axis=axis + 1, **of_batch(values, settings))


def take_along_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], axis: int = 0, **settings: Any
) -> Array:
    settings = of_batch([v for v, mine in zip(values, flags, strict=True) if mine], settings)
    values = [v if mine else v[None] for v, mine in zip(values, flags, strict=True)]
    return function(*values, axis=axis + 1, **settings)


def of_batch(values: Sequence[Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Say the shape of an example, where it is a setting, as that of the batch."""
    if "shape" in settings:
        settings["shape"] = (len(values[0]), *settings["shape"])
    return settings


def advanced_axes_move(index: tuple[Any, ...]) -> bool:
    """Whether arrays in an index are apart, so that NumPy puts their axes before all others."""
    arrays = [
        i for i, item in enumerate(index) if not isinstance(item, (slice, type(None), type(...)))
    ]
    if any(isinstance(item, Batched) for item in index):
        raise GradientError(
            "inside tg.vmap a mask, or an index of several axes, cannot depend on the example: "
            "choose with np.where, multiply by a mask, or take with np.take or np.take_along_axis"
        )
    fancy = any(np.ndim(index[i]) > 0 or isinstance(index[i], (bool, np.bool_)) for i in arrays)
    return fancy and arrays[-1] - arrays[0] >= len(arrays)


def matmul_batch(function: Any, values: Sequence[Any], flags: Sequence[bool]) -> Array:
    a, b = values
    a_is_vector = np.ndim(a) - flags[0] == 1
    b_is_vector = np.ndim(b) - flags[1] == 1
    if a_is_vector and flags[0] and not flags[1] and np.ndim(b) == 2:
        return function(a, b)
    if b_is_vector and flags[1] and not flags[0] and np.ndim(a) == 2:
        return function(b, products.swap(a))
    a = a[..., None, :] if a_is_vector else a
    b = b[..., None] if b_is_vector else b
    out = elementwise_batch(function, [a, b], flags)
    if a_is_vector:
        out = out[..., 0, :]
    return out[..., 0] if b_is_vector else out


def dot_batch(function: Any, values: Sequence[Any], flags: Sequence[bool]) -> Array:
    ndims = [np.ndim(value) - mine for value, mine in zip(values, flags, strict=True)]
    if 0 in ndims:
        return elementwise_batch(elementwise.multiply, values, flags)
    if ndims[1] <= 2:
        return matmul_batch(products.matmul, values, flags)
    return one_by_one(function, values, flags)


def join_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], axis: Any = 0, **settings: Any
) -> Array:
    size = batch_size(values, flags)
    whole = [
        value if mine else np.broadcast_to(value, (size, *np.shape(value)))
        for value, mine in zip(values, flags, strict=True)
    ]
    if axis is None:
        whole, axis = [value.reshape((size, -1)) for value in whole], 0
    ndim = whole[0].ndim - 1 + (function is joining.pile)
    return function(*whole, axis=inner_axes(axis, ndim), **settings)


def moveaxis_batch(
    function: Any,
    values: Sequence[Any],
    flags: Sequence[bool],
    source: Any = 0,
    destination: Any = 0,
) -> Array:
    ndim = values[0].ndim - 1
    return function(
        values[0], source=inner_axes(source, ndim), destination=inner_axes(destination, ndim)
    )


def copy_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], **settings: Any
) -> Array:
    return function(values[0], **settings)


def solve_batch(function: Any, values: Sequence[Any], flags: Sequence[bool]) -> Array:
    a, b = values
    if np.ndim(b) - flags[1] > 1:
        return elementwise_batch(function, values, flags)
    # A vector to solve for would be taken for a matrix if its batch axis were seen.
    return elementwise_batch(function, [a, b[..., None]], flags)[..., 0]


def einsum_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], **settings: Any
) -> Array:
    labels, output = settings.pop("labels"), settings.pop("output")
    new = 1 + max([label for term in labels for label in term], default=-1)
    marked = [(new, *term) if mine else term for term, mine in zip(labels, flags, strict=True)]
    return function(*values, labels=tuple(marked), output=(new, *output), **settings)


def diagonal_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], **settings: Any
) -> Array:
    settings["axis1"] += 1
    settings["axis2"] += 1
    if "shape" in settings:
        settings["shape"] = (len(values[0]), *settings["shape"])
    return function(values[0], **settings)


def triangle_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], **settings: Any
) -> Array:
    rule = copy_batch if values[0].ndim > 2 else one_by_one
    return rule(function, values, flags, **settings)


def quantile_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], axis: Any = None, **settings: Any
) -> Array:
    a, q, weights = values
    if flags[1] or weights is not None:
        return one_by_one(function, values, flags, axis=axis, **settings)
    found = function(a, q, None, axis=inner_axes(axis, a.ndim - 1), **settings)
    return np.moveaxis(found, np.ndim(q), 0)


def rows_batch(
    function: Any, values: Sequence[Any], flags: Sequence[bool], **settings: Any
) -> Array:
    """Search each row of a batch, in which there are more rows than in an example."""
    if flags[0] and flags[1] == (function is sorting.places_of):
        return function(*values, **settings)
    return one_by_one(function, values, flags, **settings)


def last_axis(
    function: Any, values: Sequence[Any], flags: Sequence[bool], axis: int = -1, **settings: Any
) -> Array:
    return AXIS(function, values, flags, axis=axis, **settings)


ELEMENTWISE = [
    *[op for op in vars(elementwise).values() if isinstance(op, Op)], np.sign, np.heaviside,
]  # fmt: skip
AXIS = along_axis("axis")
FLATTENING = along_axis("axis", flattens=True)
BATCHING: dict[Any, Callable[..., Array]] = {
    **dict.fromkeys(ELEMENTWISE, elementwise_batch),
    **dict.fromkeys((reductions.sum_, reductions.mean, reductions.max_, reductions.min_), AXIS),
    reductions.var: AXIS, reductions.std: AXIS, reductions.cumsum: FLATTENING,
    shaping.transpose: transpose_batch, shaping.reshape: reshape_batch,
    **dict.fromkeys((shaping.ravel, shaping.flat), ravel_batch),
    shaping.squeeze: squeeze_batch, shaping.expand_dims: expand_dims_batch,
    shaping.swapaxes: along_axis("axis1", "axis2"), shaping.moveaxis: moveaxis_batch,
    shaping.broadcast_to: broadcast_to_batch, shaping.flip: AXIS, shaping.copy: copy_batch,
    windows.sliding_windows: AXIS, windows.overlap_add: AXIS,
    shaping.astype: copy_batch,
    indexing.setitem: assignment_batch, indexing.getitem: getitem_batch,
    indexing.scatter_add: scatter_batch,
    **dict.fromkeys((indexing.taken, indexing.put_taken_back), take_batch),
    **dict.fromkeys((indexing.taken_along, indexing.put_back_along_axis), take_along_batch),
    joining.join: join_batch, joining.pile: join_batch,
    products.matmul: matmul_batch, products.dot: dot_batch,
    **dict.fromkeys(linear_algebra.OF_STACKS, copy_batch),
    linear_algebra.solve: solve_batch, linear_algebra.root_of_powers: FLATTENING,
    contractions.einsum_of: einsum_batch, contractions.diagonal_of: diagonal_batch,
    contractions.diagonal_matrix: diagonal_batch,
    contractions.tril: triangle_batch, contractions.triu: triangle_batch,
    sorting.order_of: AXIS, sorting.partition_of: AXIS,
    sorting.neighbours: rows_batch, sorting.places_of: rows_batch,
    sorting.quantile_of: quantile_batch,
    calculus.product_of: AXIS, calculus.running_product: AXIS, calculus.unwrap: last_axis,
    **dict.fromkeys(fourier.OF_ONE_AXIS, last_axis),
    **dict.fromkeys(signals.ELEMENTWISE, elementwise_batch),
    np.any: AXIS, np.all: AXIS, np.count_nonzero: AXIS,
    np.argmax: FLATTENING, np.argmin: FLATTENING,
}  # fmt: skip
"""How each op is carried out on a batch; those not here, one by one."""

ABOUT_ONE = {
    np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.min_scalar_type, np.common_type,
    np.iscomplexobj, np.isrealobj, np.diag_indices_from, np.tril_indices_from,
    np.triu_indices_from,
}  # fmt: skip
"""Functions that ask for the shape and dtype of one example."""


RETURN_TUPLES = {np.nonzero, np.unravel_index}
"""Functions of which each example has a tuple of arrays, of one shape."""


def check_axes(name: str, axes: Any, may_be_none: bool) -> None:
    """Refuse what is not a batch axis, or a tuple of them."""
    for axis in axes if isinstance(axes, (tuple, list)) else (axes,):
        is_axis = isinstance(axis, (int, np.integer)) and not isinstance(axis, bool)
        if not (is_axis or (axis is None and may_be_none)):
            entries = "integers and None" if may_be_none else "integers"
            raise TypeError(
                f"tg.vmap: {name}={axes!r}; batch axes are {entries}, one for all or a tuple with "
                "one for each: all leaves of a tree have the same"
            )


def vmap(fun: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Callable[..., Any]:
    """(x₁, …, xₙ) ↦ (f(x₁), …, f(xₙ)): a function of one example, on a whole batch at once.

    Parameters
    ----------
    fun : callable
        Written for one example; returns an array or a tree of arrays.
    in_axes : int, None, or tuple of them
        The batch axis of each argument (of each leaf of it); None: the same for all examples.
    out_axes : int, or tuple of int
        Where the batch axis goes in the result; for a tuple of results, in each of them.

    Returns
    -------
    callable
        Takes the arguments of ``fun``, batched, and returns its results, batched. It can be
        differentiated, and can map a derivative: ``vmap(grad(loss), (None, 0, 0))`` computes the
        gradient of every example on its own.

    Raises
    ------
    TypeError
        If an entry of ``in_axes`` or ``out_axes`` is no axis, or an argument is given by keyword.
    ValueError
        If the batch axes have different lengths, or no argument has one.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> tg.vmap(lambda x: x / np.sum(x))(np.array([[1.0, 3.0], [1.0, 1.0]]))
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    >>> tg.vmap(tg.grad(lambda w, x: (w * x) ** 2), (None, 0))(3.0, np.array([1.0, 2.0]))
    array([ 6., 24.])
    """
    check_axes("in_axes", in_axes, may_be_none=True)
    check_axes("out_axes", out_axes, may_be_none=False)

    def mapped(*args: Any, **keywords: Any) -> Any:
        if keywords:
            raise TypeError(
                f"tg.vmap: {', '.join(keywords)} given by keyword; in_axes is about arguments by "
                "position. Give them so, with in_axes=None what is the same for all examples"
            )
        axes = in_axes if isinstance(in_axes, (tuple, list)) else (in_axes,) * len(args)
        if len(axes) != len(args):
            raise ValueError(
                f"tg.vmap: in_axes={in_axes} is for {len(axes)} arguments, not {len(args)}"
            )
        level = new_level()
        sizes: dict[str, int] = {}

        def enter(position: int, leaf: Any) -> Any:
            axis = axes[position]
            if axis is None:
                return leaf
            leaf = leaf if isinstance(leaf, Recorded) else np.asarray(leaf)
            if not -leaf.ndim <= axis < leaf.ndim:
                raise ValueError(
                    f"tg.vmap: argument {position} of shape {leaf.shape} has no axis {axis} to map "
                    "over; in_axes=None passes it whole"
                )
            sizes[f"argument {position}: {leaf.shape}, axis {axis}"] = leaf.shape[axis]
            return batched(leaf if axis == 0 else np.moveaxis(leaf, axis, 0), level)

        entered = [
            tree.map(lambda leaf, position=i: enter(position, leaf), arg)
            for i, arg in enumerate(args)
        ]
        if not sizes:
            raise ValueError("tg.vmap: no argument has a batch axis (in_axes are all None)")
        if len(set(sizes.values())) > 1:
            raise ValueError(f"tg.vmap: batch axes of different lengths ({'; '.join(sizes)})")
        size = next(iter(sizes.values()))

        def leave(value: Any, out_axis: int) -> Any:
            value = constant_value(value)
            if isinstance(value, Batched) and value.level == level:
                data = value.value
            else:
                data = np.broadcast_to(value, (size, *np.shape(value)))
                data = data if isinstance(data, Recorded) else data.copy()
            return data if out_axis == 0 else np.moveaxis(data, 0, out_axis)

        result = call(fun, entered, {})
        if not isinstance(out_axes, (tuple, list)):
            return tree.map(lambda value: leave(value, out_axes), result)
        if not isinstance(result, tuple) or len(result) != len(out_axes):
            raise ValueError(
                f"tg.vmap: out_axes={out_axes} is for a tuple of {len(out_axes)} results; the "
                f"function returned {tree.flatten(result)[1]}"
            )
        return tuple(
            tree.map(lambda value, axis=axis: leave(value, axis), part)
            for part, axis in zip(result, out_axes, strict=True)
        )

    return mapped
