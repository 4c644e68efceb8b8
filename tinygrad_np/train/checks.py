"""What training and prediction ask of a model and of the data, before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import tree
from ..data import checks
from ..nn.layer import Layer, make_sizes
from .metrics import is_binary, is_one_hot

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

BLOCK = 1 << 20


def check_model(function: str, model: object) -> None:
    if not isinstance(model, Layer):
        raise TypeError(
            f"{function}: the model is a {type(model).__name__}, not a layer or a NeuralNetwork"
        )


def parameters(function: str, model: Layer) -> list[NDArray[Any]]:
    """Return the arrays of a model, which can be written to in place."""
    arrays = tree.leaves(model)
    names: dict[int, str] = {}
    for name, array in zip(tree.paths(model), arrays, strict=True):
        if not isinstance(array, np.ndarray):
            raise TypeError(
                f"{function}: the parameter {name} is a {type(array).__name__}, which cannot be "
                "updated in place; make it an array, np.array(...)"
            )
        if not array.flags.writeable:
            raise ValueError(f"{function}: the parameter {name} is read-only; make it a copy")
        if id(array) in names:
            raise ValueError(
                f"{function}: the parameters {names[id(array)]} and {name} are the same array, "
                "which would be updated twice; give each place its own"
            )
        names[id(array)] = name
    return arrays


def floating_dtype(model: Layer) -> np.dtype[Any] | None:
    """Return what dtype a model computes in: that of its parameters; None if it has none."""
    dtypes = [leaf.dtype for leaf in tree.leaves(model) if getattr(leaf, "dtype", None) is not None]
    floating = [dtype for dtype in dtypes if dtype.kind == "f"]
    return np.result_type(*floating) if floating else None


def examples(
    function: str,
    x: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    model: Layer,
    of: str = "",
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]:
    """Return inputs and targets as finite arrays of equal length, and weights, if there are any.

    ``of`` says which they are in an error.
    """
    inputs = as_inputs(function, f"{of}x", x, model)
    targets = as_targets(function, f"{of}y", y, model)
    if len(inputs) != len(targets):
        raise ValueError(
            f"{function}: {of}x has {len(inputs)} examples and {of}y has {len(targets)} (shapes "
            f"{inputs.shape} and {targets.shape}); the first axis of both counts the examples"
        )
    weights = sample_weights(function, f"{of}sample_weight", sample_weight, len(inputs))
    targets = without_hidden(targets, weights)
    check_finite(function, f"{of}x", inputs, x)
    check_finite(function, f"{of}y", targets, y)
    return inputs, targets, weights


def without_hidden(targets: NDArray[Any], weights: NDArray[Any] | None) -> NDArray[Any]:
    """Put a truth that counts in the place of those of weight 0, which may be anything."""
    if weights is None or weights.all() or weights.shape != targets.shape[: weights.ndim]:
        return targets
    hidden = weights == 0
    targets = targets.copy()
    targets[hidden] = targets[~hidden][0]
    return targets


def sample_weights(
    function: str, name: str, weights: ArrayLike | None, examples: int
) -> NDArray[Any] | None:
    """Return weights of the examples, or of all that there is in each, as floats."""
    if weights is None:
        return None
    array = np.asarray(weights)
    if array.dtype.kind not in "biuf" or array.shape[:1] != (examples,):
        raise ValueError(
            f"{function}: {name} is {array.dtype} of shape {array.shape}; expected a number for "
            f"each of {examples} examples"
        )
    array = array.astype(np.float64)
    if not (array.min() >= 0 and 0 < array.sum() < np.inf):
        raise ValueError(
            f"{function}: {name} goes from {array.min()} to {array.max()}; weights are finite and "
            "at least 0, and not all of them are 0"
        )
    return array


def class_weights(
    function: str,
    given: Any,
    targets: NDArray[Any],
    weights: NDArray[Any] | None,
    outputs: NDArray[Any],
) -> NDArray[Any]:
    """Return weights of the examples, multiplied by that of the class of each."""
    labels, classes = targets, outputs.shape[-1] if outputs.ndim > 1 else 1
    if targets.shape[1:] == outputs.shape[1:] and is_binary(targets):
        if is_one_hot(targets):
            labels = targets.argmax(axis=-1)
        else:
            labels, classes = targets.astype(np.intp), 2
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"{function}: class_weight is for classes, as integers or one-hot rows, or for 0 and 1,"
            f" and y is {targets.dtype} of shape {targets.shape}, the outputs of shape "
            f"{(len(targets), *outputs.shape[1:])}"
        )
    if isinstance(given, str):
        raise TypeError(
            f"{function}: class_weight={given!r}; expected a weight for each class. To balance "
            "classes, len(y) / (classes * np.bincount(y)), for integers y"
        )
    if not isinstance(given, dict):
        given = dict(enumerate(np.ravel(np.asarray(given)).tolist()))
    if set(given) != set(range(classes)):
        raise ValueError(
            f"{function}: class_weight has weights of {sorted(given, key=repr)}; expected one of "
            f"each of the {classes} classes, 0 to {classes - 1}"
        )
    table = np.array([given[label] for label in range(classes)])
    of_classes = sample_weights(function, "class_weight", table[labels], len(labels))
    assert of_classes is not None
    if weights is not None:
        of_classes *= weights.reshape(weights.shape + (1,) * (of_classes.ndim - weights.ndim))
    return of_classes


def as_inputs(function: str, name: str, values: ArrayLike, model: Layer) -> NDArray[Any]:
    """Return inputs as an array of numbers; floating ones in the model's dtype."""
    array = as_array(function, name, values)
    if array.dtype == np.uint8:
        raise TypeError(
            f"{function}: {name} is uint8, as images are stored, and networks learn from numbers "
            f"near 0 and 1. For images, {name}.astype(np.float32) / 255; for codes of words or the "
            f"like, {name}.astype(np.int64)"
        )
    if array.dtype.kind not in "biufc":
        raise TypeError(
            f"{function}: {name} has dtype {array.dtype}, which is not numeric; "
            f"{name}.astype(np.float32) converts columns of numbers"
        )
    make_sizes(model, array[:1])
    return as_dtype_of(array, model)


def as_targets(function: str, name: str, values: ArrayLike, model: Layer) -> NDArray[Any]:
    """Return targets as an array of numbers; floating ones in the model's dtype."""
    array = as_array(function, name, values)
    if array.dtype.kind == "b":
        return array.astype(np.int64)
    if array.dtype.kind not in "iufc":
        raise TypeError(
            f"{function}: {name} has dtype {array.dtype}, which is not numeric; classes are the "
            f"integers 0, 1, …: classes, {name} = np.unique({name}, return_inverse=True)"
        )
    return as_dtype_of(array, model)


def as_array(function: str, name: str, values: ArrayLike) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(
            f"{function}: {name} is no array ({error}); all of its rows must be equally long"
        ) from None
    if array.dtype == object and not array.shape:
        raise TypeError(f"{function}: {name} is a {type(values).__name__}, not an array of rows")
    return checks.not_empty(function, name, array)


def as_dtype_of(array: NDArray[Any], model: Layer) -> NDArray[Any]:
    dtype = floating_dtype(model)
    if dtype is None or array.dtype.kind != "f":
        return array
    # What does not fit becomes infinite, and check_finite says where.
    with np.errstate(over="ignore"):
        return array.astype(dtype, copy=False)


def check_finite(function: str, name: str, array: NDArray[Any], given: ArrayLike) -> None:
    """Raise a ValueError that names the first NaN or infinity."""
    if array.dtype.kind not in "fc":
        return
    rows = max(1, BLOCK // max(1, array[0].size))
    for start in range(0, len(array), rows):
        finite = np.isfinite(array[start : start + rows])
        if finite.all():
            continue
        first = np.argwhere(~finite)[0]
        first[0] += start
        index = tuple(first.tolist())
        value = np.asarray(given)[index]
        place = f"{name}[{', '.join(map(str, index))}]"
        if np.isfinite(value):
            raise ValueError(
                f"{function}: {place} is {value}, too large for {array.dtype}, the dtype of the "
                "model's parameters; scale the data"
            )
        raise ValueError(
            f"{function}: {place} is {value}; drop or replace such values, which "
            f"np.isfinite({name}) finds"
        )
