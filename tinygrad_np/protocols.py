"""What NumPy's protocols call for Tensors: how a call finds its op, or says why it has none.

``out=`` assigns to a Tensor; a plain array is refused where a value would lose its recording by it.
``where=`` of a ufunc without ``out=`` is refused, as it leaves elements undefined. How results lie
in memory (``order=``) is not recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .assignment import check_kind, update
from .errors import GradientError
from .ops import CONSTANT, TABLE, Op, ufunc_methods, values_of
from .ops.indexing import scatter_add
from .ops.refused import REFUSED
from .recording import Array, Recorded, record

if TYPE_CHECKING:
    from collections.abc import Iterator

TAKES_ANY_KEYWORD = 0x08
"""``inspect.CO_VARKEYWORDS``, without the import."""


class Memo(dict[Any, Any]):
    """What a function finds for a key, found once."""

    def __init__(self, find: Any) -> None:
        self.find = find

    def __missing__(self, key: Any) -> Any:
        self[key] = found = self.find(key)
        return found


def dispatch(function: Any, args: Any, keywords: Any) -> Any:
    """Call a NumPy function on arguments of which some are Tensors."""
    found = TABLE.get(function)
    if found is None:
        return call_constant(function, args, keywords)
    if keywords or len(args) > 2:
        out, place = keywords.pop("out", None), out_position[function]
        if out is None and len(args) > place:
            out, args = args[place], (*args[:place], None, *args[place + 1 :])
        if out is not None:
            return write(qualified_name(function), function, out, args, keywords)
    try:
        if isinstance(found, Op):
            return record(found, *found.bind(args, keywords))
        if keywords:
            check_keywords(function, found, keywords)
        return found(*args, **keywords)
    except GradientError:
        if is_recorded(args, keywords):
            raise
        return function(*values_of(args), **values_of(keywords))


def call_constant(function: Any, args: Any, keywords: Any) -> Any:
    if function not in CONSTANT and is_recorded(args, keywords):
        raise no_rule(qualified_name(function), function)
    out, place = keywords.get("out"), out_position[function]
    if len(args) > place:
        out, args = args[place], (*args[:place], None, *args[place + 1 :])
    if out is not None:
        keywords.pop("out", None)
        return write(qualified_name(function), function, out, args, keywords)
    return function(*values_of(args), **values_of(keywords))


def check_keywords(function: Any, composition: Any, keywords: dict[str, Any]) -> None:
    """Drop keywords that say nothing; raise for those that a composition does not know."""
    accepted = accepted_keywords[composition]
    for name in list(keywords):
        value = keywords[name]
        if value is np._NoValue or (value is None and name not in accepted):
            del keywords[name]
        elif name not in accepted:
            raise GradientError(
                f"{qualified_name(function)}: the keyword {name!r} is not supported while "
                f"recording; supported: {', '.join(name for name in accepted if name != 'out')}"
            )


class Everything:
    """Contains every name: what a composition that takes any keyword accepts."""

    def __contains__(self, name: object) -> bool:
        return True


def find_accepted(composition: Any) -> Any:
    code = composition.__code__
    if code.co_flags & TAKES_ANY_KEYWORD:
        return Everything()
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


NOWHERE = 99
"""A position that no function has an argument at."""


def find_out_position(function: Any) -> int:
    import inspect

    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # some builtins of NumPy 2.0 have no signature
        return 2 if function in (np.dot, np.concatenate) else NOWHERE
    names = [one.name for one in parameters if one.kind is not one.KEYWORD_ONLY]
    return names.index("out") if "out" in names else NOWHERE


accepted_keywords = Memo(find_accepted)
out_position = Memo(find_out_position)


# What is given to write into


def recorded_in(structure: Any) -> Iterator[Recorded]:
    if isinstance(structure, (tuple, list)):
        for item in structure:
            yield from recorded_in(item)
    elif isinstance(structure, Recorded):
        yield structure


def is_recorded(args: Any, keywords: Any) -> bool:
    """Whether a derivative, or a batch, would be lost with the recording of some arguments."""
    given = recorded_in([*args, *keywords.values()])
    return any(value.node is not None or value.intercept is not None for value in given)


def write(name: str, function: Any, out: Any, args: Any, keywords: Any, mask: Any = True) -> Any:
    """Call a function, and assign what it returns to ``out`` where a mask holds."""
    outs = out if isinstance(out, tuple) else (out,)
    if not any(isinstance(one, Recorded) for one in outs):
        batches = any(value.intercept for value in recorded_in(args))
        if batches or (function not in CONSTANT and is_recorded(args, keywords)):
            chosen = f"np.where(mask, {name}(...), 0.0)"
            raise GradientError(
                f"{name} would write a value that is being recorded into a plain array, where its "
                "gradient would be lost: use the result instead of out=, as in y = "
                f"{name + '(...)' if mask is True else chosen}, and y = y + x instead of y += x; "
                "or make the array in the function that tg.grad is given (y = np.array(y)), or by "
                "np.zeros_like(x, shape=...)"
            )
        keywords = dict(keywords) if mask is True else {**keywords, "where": mask}
        place = out_position[function] if len(args) > 1 else NOWHERE
        if len(args) > place:
            args = (*args[:place], out, *args[place + 1 :])
        else:
            keywords["out"] = out
        return function(*values_of(args), **values_of(keywords))
    # Where the mask does not hold, NumPy does not even compute.
    with np.errstate(all=None if mask is True else "ignore"):
        result = function(*args, **keywords)
    results = result if isinstance(result, tuple) else (result,)
    results = fitted(name, function, outs, results)
    for one, value in zip(outs, results, strict=True):
        if one is not None and isinstance(function, np.ufunc) and not is_recorded((value,), {}):
            check_kind(name, value, one, keywords.get("casting", "same_kind"))
    for one, value in zip(outs, results, strict=True):
        if one is not None:
            one[...] = value if mask is True else np.where(mask, value, one)
    written = [value if one is None else one for one, value in zip(outs, results, strict=True)]
    return tuple(written) if isinstance(result, tuple) else written[0]


def fitted(name: str, function: Any, outs: Any, results: Any) -> Any:
    """Return results in the shape of what they are written into; of ufuncs it may be larger."""
    shapes = {one.shape for one in outs if one is not None}
    shape = shapes.pop()
    if function in BROADCASTING or isinstance(function, np.ufunc):
        fits = not shapes
    else:
        fits = shape == np.shape(results[0])
    if not fits:
        raise ValueError(
            f"{name}: out= has shape {', '.join(map(str, [shape, *shapes]))}, the result "
            f"{np.shape(results[0])}"
        )
    return [
        value
        if one is not None or np.shape(value) == shape
        else np.copy(np.broadcast_to(value, shape))
        for one, value in zip(outs, results, strict=True)
    ]


BROADCASTING = (np.clip, np.fix, np.isposinf, np.isneginf)
"""What writes into larger arrays, besides ufuncs."""

# Ufuncs


def uncommon_ufunc(ufunc: Any, method: str, inputs: Any, keywords: dict[str, Any]) -> Any:
    """Call a ufunc's method, or a ufunc with keywords, or say why it cannot be recorded."""
    name = ufunc_name(ufunc) + ("" if method == "__call__" else f".{method}")
    function = ufunc if method == "__call__" else getattr(ufunc, method)
    out = keywords.pop("out", None)
    if out is not None:
        mask = keywords.pop("where", True) if method == "__call__" else True
        return write(name, function, out, inputs, keywords, mask)
    if method == "at":
        return at(name, ufunc, *inputs)
    if ufunc not in TABLE and ufunc not in CONSTANT:
        if is_recorded(inputs, keywords):
            raise no_rule(name, ufunc)
        return function(*values_of(inputs), **values_of(keywords))
    keywords = {key: value for key, value in keywords.items() if value is not np._NoValue}
    if method == "__call__":
        return call_with(name, ufunc, inputs, keywords)
    if method == "reduceat":
        # NumPy names it here, even where it has put it among the inputs too.
        keywords.pop("indices", None)
        inputs = (inputs[0], *values_of(inputs[1:]))
    if ufunc in CONSTANT and not any(value.intercept for value in recorded_in(inputs)):
        return function(*values_of(inputs), **values_of(keywords))
    if method != "outer" and not isinstance(inputs[0], Recorded):  # where= is what is recorded
        inputs = (np.asarray(inputs[0]), *inputs[1:])
    check_method(ufunc, method, inputs, keywords)
    return getattr(ufunc_methods, method)(ufunc, *inputs, **keywords)


def check_method(ufunc: Any, method: str, inputs: Any, keywords: dict[str, Any]) -> None:
    """Let NumPy raise what it raises for such shapes and settings."""
    keywords = values_of(keywords)
    if method == "outer":
        ufunc.outer(1.0, 1.0)
        return
    if keywords.get("initial") is not None:
        keywords["initial"] = 1
    if isinstance(keywords.get("where"), Recorded):  # in a batch
        keywords["where"] = True
        keywords.setdefault("initial", 1)
    array, *indices = inputs
    with np.errstate(all="ignore"):
        getattr(ufunc, method)(np.ones(np.shape(array), array.dtype), *indices, **keywords)


def call_with(name: str, ufunc: Any, inputs: Any, keywords: dict[str, Any]) -> Any:
    """Call a ufunc with keywords: the arguments are converted to what its loop takes."""
    if keywords.pop("where", True) is not True:
        raise GradientError(
            f"{name}: where= without out= leaves the other elements undefined: write "
            f"np.where(mask, {name}(...), 0.0)"
        )
    keywords.pop("order", None)
    keywords.pop("subok", None)
    along = {key: keywords.pop(key) for key in ("axes", "axis", "keepdims") if key in keywords}
    if keywords:
        inputs = converted(ufunc, inputs, **keywords)
    return along_axes(ufunc, inputs, **along) if along else ufunc(*inputs)


def converted(
    ufunc: Any, inputs: Any, dtype: Any = None, signature: Any = None, sig: Any = None,
    **casting: Any,
) -> list[Any]:  # fmt: skip
    """Convert arguments to the dtypes of the loop that NumPy chooses for some keywords."""
    weak = (int, float, complex)
    inputs = [value if isinstance(value, (Recorded, *weak)) else np.asarray(value)[()]
              for value in inputs]  # fmt: skip
    if dtype is not None:
        signature = (None,) * ufunc.nin + (np.dtype(dtype),) * ufunc.nout
    signature = sig or signature or (None,) * ufunc.nargs
    given = [type(value) if type(value) in weak else value.dtype for value in inputs]
    operands = (*given, *[None] * ufunc.nout)
    dtypes = ufunc.resolve_dtypes(operands, signature=signature, **casting)
    return [
        dtype.type(value) if type(value) in weak
        else value if value.dtype == dtype
        else value.astype(dtype)
        for value, dtype in zip(inputs, dtypes[: ufunc.nin], strict=True)
    ]  # fmt: skip


def along_axes(ufunc: Any, inputs: Any, **given: Any) -> Array:
    """Call a generalized ufunc on vectors or matrices that are elsewhere than in the last axes."""
    # What NumPy refuses, it refuses itself.
    ufunc(*[np.ones(np.shape(value)) for value in inputs], **given)
    axes = given.get("axes") or [given.get("axis", -1)] * 3
    *of_inputs, of_output = axes if len(axes) == 3 else (*axes, -1)
    out = ufunc(*[
        np.moveaxis(value, axis, last(axis))
        for value, axis in zip(inputs, of_inputs, strict=True)
    ])  # fmt: skip
    if given.get("keepdims"):
        out = out[..., None]
    elif ufunc is np.vecdot:
        return out
    return np.moveaxis(out, last(of_output), of_output)


def last(axes: Any) -> Any:
    """As many axes as these, the last ones."""
    return -1 if np.ndim(axes) == 0 else tuple(range(-len(axes), 0))


def at(name: str, ufunc: Any, target: Any, index: Any, *values: Any) -> None:
    """Assign ``target[index] = ufunc(target[index], *values)``, once for each time it is named."""
    is_tensor = isinstance(target, Recorded)
    if not is_tensor:
        if not is_recorded((index, *values), {}):
            ufunc.at(target, *values_of((index, *values)))
            return
        raise GradientError(
            f"{name} would write a value that is being recorded into a plain array, where its "
            "gradient would be lost: make the array with np.zeros_like(x, shape=...)"
        )
    if not target.shape:
        raise TypeError(f"{name}: first operand must be array, not a number")
    places = np.arange(target.size).reshape(target.shape)[values_of(index)]
    operands = [np.ravel(np.broadcast_to(value, places.shape)) for value in values]
    places = places.ravel()
    result = np.ravel(target).copy()
    if ufunc in (np.add, np.subtract):
        result = ufunc(result, scatter_add(operands[0], index=places, shape=result.shape))
    else:
        turns = occurrences(places)
        for turn in range(turns.max(initial=-1) + 1):
            now = turns == turn
            element = places[now]
            result[element] = ufunc(result[element], *[operand[now] for operand in operands])
    update(target, np.reshape(result, target.shape))


def occurrences(places: Array) -> Array:
    """How many times each number was in the sequence before."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    counts = np.empty_like(places)
    counts[order] = np.arange(len(places)) - np.searchsorted(ordered, ordered)
    return counts


# Names and refusals


def ufunc_name(ufunc: Any) -> str:
    is_numpys = getattr(np, ufunc.__name__, None) is ufunc
    return f"np.{ufunc.__name__}" if is_numpys else str(ufunc.__name__)


def qualified_name(function: Any) -> str:
    """The name under which a person finds a function: np.sum, np.linalg.norm."""
    module = getattr(function, "__module__", None) or "numpy"
    return f"{module}.{function.__name__}".replace("numpy", "np", 1)


def no_rule(name: str, function: Any) -> GradientError:
    reason = REFUSED.get(function)
    if reason is not None:
        return GradientError(f"{name}: {reason}")
    return GradientError(
        f"{name} has no derivative rule here. Write it with functions that have one, or give it "
        "tg.stop_gradient(x) if it is meant to be a constant"
    )
