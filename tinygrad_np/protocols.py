"""What NumPy's protocols call for Tensors: how a NumPy function finds its op, or says why not."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import GradientError
from .ops import CONSTANT, TABLE, Op, values_of
from .recording import record

TAKES_ANY_KEYWORD = 0x08
"""``inspect.CO_VARKEYWORDS``, without the import."""

REDUCTIONS = {np.add: np.sum, np.maximum: np.max, np.minimum: np.min}


def dispatch(function: Any, args: Any, keywords: Any) -> Any:
    """Call a NumPy function on arguments of which some are Tensors."""
    found = TABLE.get(function)
    if isinstance(found, Op):
        return record(found, *found.bind(args, keywords))
    if found is not None:
        check_keywords(function, found, keywords)
        return found(*args, **keywords)
    if function in CONSTANT:
        return function(*values_of(args), **values_of(keywords))
    raise no_rule(qualified_name(function))


def check_keywords(function: Any, composition: Any, keywords: dict[str, Any]) -> None:
    """Drop keywords that say nothing; raise for those that a composition does not know."""
    code = composition.__code__
    if code.co_flags & TAKES_ANY_KEYWORD:
        return
    accepted = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    for name in [name for name in keywords if name not in accepted]:
        if keywords.pop(name) is not None:
            raise GradientError(
                f"np.{function.__name__}: the keyword {name!r} is not supported while recording; "
                f"supported: {', '.join(accepted)}"
            )


def uncommon_ufunc(ufunc: Any, method: str, inputs: Any, keywords: dict[str, Any]) -> Any:
    """Call a ufunc's method, or a ufunc with keywords, or say why it cannot be recorded."""
    name = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
    if keywords.pop("out", None) is not None:
        raise GradientError(
            f"{name} would write a value that is being recorded into an array. NumPy cannot keep "
            "its gradient: use the result instead, as in y = y + x, not y += x"
        )
    if method == "__call__":
        if ufunc in CONSTANT:
            return ufunc(*values_of(inputs), **values_of(keywords))
        if keywords:
            raise GradientError(
                f"{name}: the keyword {next(iter(keywords))!r} is not supported while recording; "
                "np.where(...) and .astype(...) do the same"
            )
    elif method == "reduce" and ufunc in REDUCTIONS:
        arguments = dict(zip(("array", "axis", "dtype", "out"), inputs, strict=False))
        return dispatch(
            REDUCTIONS[ufunc], (arguments.pop("array"),), {"axis": 0, **arguments, **keywords}
        )
    raise no_rule(name)


def qualified_name(function: Any) -> str:
    """The name under which a person finds a function: np.sum, np.linalg.norm."""
    module = getattr(function, "__module__", None) or "numpy"
    return f"{module}.{function.__name__}".replace("numpy", "np", 1)


def no_rule(name: str) -> GradientError:
    return GradientError(
        f"{name} has no derivative rule here. Write it with functions that have one, or give it "
        "tg.stop_gradient(x) if it is meant to be a constant"
    )
