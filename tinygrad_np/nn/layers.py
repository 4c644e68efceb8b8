"""Layers: trees of parameters that are called. The mathematics is in `functions`."""

from __future__ import annotations

import math
from functools import wraps
from operator import is_not
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import tree
from ..errors import GradientError
from ..recording import Array, Recorded
from ..transforms import vjp
from .functions import dense, relu, sigmoid, softmax
from .initializers import check_generator, glorot_uniform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import DTypeLike

__all__ = ["Activation", "Dense", "Layer", "ReLU", "Sigmoid", "Softmax"]


class Layer:
    """A function with parameters: write ``__init__`` and ``__call__``, and it is a tree.

    Its leaves are the arrays among its attributes, also those inside of layers, tuples, lists,
    dicts and other trees there, in the order in which they were set. Everything else (sizes, a
    name, a Python number) is static. So ``tg.grad(loss)(layer, x)`` is a layer of the same type
    that holds gradients.

    A layer that is in several places is one layer: its parameters are leaves once, and their
    gradient is the sum over the places.

    Attributes
    ----------
    grads : Layer or None
        What `backward` has left: a layer of the same type that holds the gradients.

    Examples
    --------
    >>> class Scale(Layer):
    ...     def __init__(self, size):
    ...         self.factor = np.full(size, 2.0)
    ...
    ...     def __call__(self, x):
    ...         return x * self.factor
    >>> layer = Scale(3)
    >>> out = layer.forward(np.array([1.0, 2.0, 3.0]))
    >>> layer.backward(np.ones(3))
    array([2., 2., 2.])
    >>> layer.grads.factor
    array([1., 2., 3.])
    """

    __slots__ = ("__dict__", "__weakref__", "_pullback", "grads")

    grads: Any

    def __new__(cls, *args: Any, **keywords: Any) -> Any:
        layer = object.__new__(cls)
        object.__setattr__(layer, "grads", None)
        return layer

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        call = cls.__dict__.get("__call__")
        if call is not None and not takes_training(call):
            cls.__call__ = without_training(call)  # type: ignore[method-assign]

    def __call__(self, x: Array, training: bool = False) -> Array:
        """Compute the output; it must depend on nothing but the arguments and the parameters."""
        raise NotImplementedError(f"{type(self).__name__} does not define __call__(self, x, …)")

    def forward(self, x: Array, training: bool = False) -> Array:
        """Call the layer and remember how to differentiate the call.

        Parameters
        ----------
        x : array
            The input, of the shape that the layer takes.
        training : bool
            Passed on to the call.

        Returns
        -------
        array
            What the call returned.

        Examples
        --------
        >>> ReLU().forward(np.array([-1.0, 2.0]))
        array([0., 2.])
        """
        if not isinstance(x, Recorded):
            x = np.asarray(x)
        if x.dtype.kind in "fc":
            out, pullback = vjp(lambda layer, x: layer(x, training=training), self, x)
        else:
            out, pull_parameters = vjp(lambda layer: layer(x, training=training), self)

            def pullback(cotangent: Any) -> tuple[Any, ...]:
                return (*pull_parameters(cotangent), None)

        self._pullback = pullback, getattr(out, "shape", None)
        return out

    def backward(self, cotangent: Array) -> Array:
        """Differentiate the last `forward`: set ``grads``, return the gradient by the input.

        Parameters
        ----------
        cotangent : array
            The gradient of a loss with respect to the output of `forward`, of its shape.

        Returns
        -------
        array
            The gradient with respect to the input, of its shape; None if the input was integers.

        Raises
        ------
        GradientError
            If `forward` was not called.
        ValueError
            If the cotangent is not shaped like the output.

        Examples
        --------
        >>> layer = ReLU()
        >>> out = layer.forward(np.array([-1.0, 2.0]))
        >>> layer.backward(np.array([10.0, 10.0]))
        array([ 0., 10.])
        """
        pullback, shape = getattr(self, "_pullback", (None, None))
        if pullback is None:
            raise GradientError(
                f"{self!r}.backward(): there is nothing to go back through; call forward(x) first"
            )
        if shape is not None:
            if not isinstance(cotangent, Recorded):
                cotangent = np.asarray(cotangent)
            if cotangent.shape != shape:
                raise ValueError(
                    f"{self!r}.backward(): the cotangent has shape {cotangent.shape}; it is the "
                    f"gradient with respect to what forward() returned, of shape {shape}"
                )
        self.grads, x_cotangent = pullback(cotangent)
        return x_cotangent

    def tree_flatten(self) -> tuple[list[Any], Any]:
        """Return the arrays and the form around them: `tinygrad_np.tree`'s view of a layer."""
        arrays: list[Any] = []
        return arrays, take_apart(self, arrays, {})

    @staticmethod
    def tree_unflatten(form: Any, arrays: Sequence[Any]) -> Any:
        """Build a layer of the same form around other arrays, without calling ``__init__``."""
        return put_together(form, iter(arrays), [])

    @staticmethod
    def tree_names(form: Any) -> Sequence[str]:
        """Return the path to each array, as in ``layers.0.weights``."""
        return list(paths(form))

    def __getstate__(self) -> dict[str, Any]:
        return vars(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        object.__setattr__(self, "grads", None)
        vars(self).update(state)

    def __repr__(self) -> str:
        shapes = [
            f"{path}: {'×'.join(map(str, np.shape(leaf))) or 'scalar'}"
            for path, leaf in zip(tree.paths(self), tree.leaves(self), strict=True)
        ]
        return f"{type(self).__name__}({', '.join(shapes)})"


def takes_training(call: Any) -> bool:
    """Whether a function can be called with ``training=…``, as far as can be told."""
    code = getattr(call, "__code__", None)
    if code is None:
        return True
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return "training" in names or bool(code.co_flags & CO_VARKEYWORDS)


def without_training(call: Callable[..., Any]) -> Callable[..., Any]:
    """Let a ``__call__`` for which training makes no difference ignore it."""

    @wraps(call)
    def __call__(self: Layer, *args: Any, training: bool = False, **keywords: Any) -> Any:
        return call(self, *args, **keywords)

    return __call__


CO_VARKEYWORDS = 0x08
"""``inspect.CO_VARKEYWORDS``, without the import of inspect: the function takes ``**keywords``."""


class Form(tuple[Any, ...]):
    """(type, static, parts): what is left of a layer or container when its arrays are taken out.

    A part is a `Form`, the type `Taken` where an array was, or else a static value.
    """

    __slots__ = ()


class Taken:
    """What stands in a `Form` where an array was."""


class Again:
    """The type in the `Form` of a layer that came before, whose static part is its number."""


LEAVES = (np.ndarray, Recorded, np.inexact)
"""What of a layer is a leaf. Python's numbers are not, and NumPy's are: they are what is left of an
array when a function has been mapped over the leaves that reduces it."""
CONTAINERS = (list, tuple, dict)


def take_apart(value: Any, arrays: list[Any], layers: dict[int, int]) -> Any:
    """Append the arrays in ``value`` to ``arrays``; return the form, or a static value itself."""
    if isinstance(value, LEAVES):
        arrays.append(value)
        return Taken
    kind = type(value)
    if isinstance(value, Layer):
        number = len(layers)
        found = layers.setdefault(id(value), number)
        if found != number:
            return Form((Again, found, ()))
        attributes = value.__dict__
        parts = [take_apart(part, arrays, layers) for part in attributes.values()]
        return Form((kind, tuple(attributes), tuple(parts)))
    how = tree.KINDS[kind] if kind in tree.KINDS else tree.find_kind(kind)
    if how is None:
        if isinstance(value, CONTAINERS) and holds_arrays(value):
            # As a leaf, it is refused by name by whatever wants an array there.
            arrays.append(value)
            return Taken
        return value
    items, static = how.split(value)
    parts = [take_apart(item, arrays, layers) for item in items]
    if not any(map(is_not, parts, items)):
        return value
    return Form((kind, static, tuple(parts)))


def holds_arrays(container: Any) -> bool:
    """Whether there are arrays in a container of a type that is no tree."""
    items = list(container.values() if isinstance(container, dict) else container)
    return take_apart(items, [], {}) is not items


def put_together(form: Any, arrays: Iterator[Any], layers: list[Layer]) -> Any:
    """Build what `take_apart` has taken apart, around other arrays."""
    if form is Taken:
        return next(arrays)
    if type(form) is not Form:
        return form
    kind, static, parts = form
    if kind is Again:
        return layers[static]
    if not issubclass(kind, Layer):
        how = tree.KINDS[kind]
        assert how is not None
        return how.build(static, [put_together(part, arrays, layers) for part in parts])
    layer = Layer.__new__(kind)
    layers.append(layer)
    attributes = layer.__dict__
    for name, part in zip(static, parts):
        attributes[name] = put_together(part, arrays, layers)
    return layer


def paths(form: Any) -> Iterator[str]:
    """Name the way to each array of a form."""
    if form is Taken:
        yield ""
        return
    if type(form) is not Form or form[0] is Again:
        return
    kind, static, parts = form
    names = (
        static if issubclass(kind, Layer) else tree.child_names(tree.Structure(kind, static, parts))
    )
    for name, part in zip(names, parts, strict=True):
        for rest in paths(part):
            yield f"{name}.{rest}" if rest else str(name)


class Dense(Layer):
    """X W + b: each output is a weighted sum of all inputs, plus a bias.

    Parameters
    ----------
    in_features, out_features : int
        The number of inputs and outputs.
    rng : np.random.Generator, optional
        Draws the initial weights; without it they differ from run to run.
    initializer : callable
        ``initializer(rng, shape, dtype)``; see `tinygrad_np.nn.initializers`. `he_normal` suits a
        layer that a ReLU follows.
    bias : bool
        Whether there is a bias; it begins at 0.
    dtype : dtype
        Of the parameters.

    Attributes
    ----------
    weights : ndarray, shape (in_features, out_features)
    bias : ndarray, shape (out_features,), or None

    Raises
    ------
    ValueError
        If a size is not a positive integer; in a call, if x does not have ``in_features`` columns.

    Examples
    --------
    >>> layer = Dense(3, 2, rng=np.random.default_rng(0))
    >>> layer(np.zeros((5, 3), np.float32)).shape
    (5, 2)
    """

    weights: Array
    bias: Array | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        rng: np.random.Generator | None = None,
        *,
        initializer: Callable[..., Any] = glorot_uniform,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
    ) -> None:
        shape = (positive("in_features", in_features), positive("out_features", out_features))
        if np.dtype(dtype).kind not in "fc":
            raise ValueError(
                f"Dense: dtype {np.dtype(dtype)} cannot be trained; use a floating one"
            )
        if rng is None:
            rng = np.random.default_rng()
        check_generator("Dense", rng)
        weights = np.asarray(initializer(rng, shape, dtype), dtype)
        if weights.shape != shape:
            raise ValueError(
                f"Dense: the initializer returned shape {weights.shape}; it was asked for {shape}"
            )
        self.weights = weights
        self.bias = np.zeros(shape[1], dtype) if bias else None

    def __call__(self, x: Array, training: bool = False) -> Array:
        features = self.weights.shape[0]
        shape = x.shape if hasattr(x, "shape") else np.shape(x)
        if shape[-1:] != (features,):
            raise ValueError(
                f"{self!r}: the input has shape {shape}; expected (..., {features})"
                + reshape_advice(shape, features)
            )
        return dense(x, self.weights, self.bias)

    def __repr__(self) -> str:
        sizes = ", ".join(map(str, np.shape(self.weights)))
        return f"Dense({sizes}{'' if self.bias is not None else ', bias=False'})"


def positive(name: str, size: Any) -> int:
    if not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1:
        raise ValueError(f"Dense: {name} is {size!r}; expected a positive integer")
    return int(size)


def reshape_advice(shape: tuple[int, ...], features: int) -> str:
    """Say how to flatten examples, if that is what is missing."""
    if len(shape) > 1 and math.prod(shape[1:]) == features:
        return f"; flatten each example first: x.reshape(len(x), {features})"
    return ""


class Activation(Layer):
    """f(x): a layer without parameters, and the base class of such.

    A subclass that defines ``__call__`` needs no ``function``.

    Parameters
    ----------
    function : callable
        Any function of an array, in NumPy's functions.

    Raises
    ------
    TypeError
        If ``function`` is not one.

    Examples
    --------
    >>> Activation(np.tanh)(np.array([0.0]))
    array([0.])
    """

    def __init__(self, function: Callable[[Any], Any] | None = None) -> None:
        if function is None and type(self).__call__ is not Activation.__call__:
            return
        if not callable(function):
            raise TypeError(f"Activation: {function!r} is not a function of an array")
        self.function = function

    def __call__(self, x: Array, training: bool = False) -> Array:
        return self.function(x)

    def __repr__(self) -> str:
        if type(self) is Activation:
            return f"Activation({getattr(self.function, '__name__', repr(self.function))})"
        return f"{type(self).__name__}()"


class ReLU(Activation):
    """max(x, 0), with derivative 0 at 0 (Nair & Hinton, 2010).

    Examples
    --------
    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def __init__(self) -> None:
        super().__init__(relu)


class Sigmoid(Activation):
    """1 / (1 + e⁻ˣ), without overflow.

    Examples
    --------
    >>> Sigmoid()(np.array([0.0]))
    array([0.5])
    """

    def __init__(self) -> None:
        super().__init__(sigmoid)


class Softmax(Activation):
    """eˣ / Σ eˣ: probabilities from logits, without overflow.

    Under `tinygrad_np.nn.categorical_crossentropy` it gets the fused and stable gradient.

    Parameters
    ----------
    axis : int
        The axis of the classes.

    Examples
    --------
    >>> Softmax()(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__(softmax)
        self.axis = axis

    def __call__(self, x: Array, training: bool = False) -> Array:
        return softmax(x, axis=self.axis)

    def __repr__(self) -> str:
        return "Softmax()" if self.axis == -1 else f"Softmax(axis={self.axis})"
