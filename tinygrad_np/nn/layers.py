"""Layers: trees of parameters that are called. The mathematics is in `functions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import tree
from ..errors import GradientError
from ..recording import Array, Recorded
from ..transforms import vjp
from .functions import dense, relu, sigmoid, softmax
from .initializers import glorot_uniform

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import DTypeLike

__all__ = ["Activation", "Dense", "Layer", "ReLU", "Sigmoid", "Softmax"]


class Layer:
    """A function with parameters: write ``__init__`` and ``__call__``, and it is a tree.

    Those of its attributes that are arrays, layers, or tuples, lists and dicts with such inside are
    the tree's children, in the order in which they were set; everything else (sizes, a rate, a name)
    is static. So ``tg.grad(loss)(layer, x)`` is a layer of the same type that holds gradients.

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
    ...     def __call__(self, x, training=False):
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
        layer.grads = None
        return layer

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
        if isinstance(x, Recorded) or np.asarray(x).dtype.kind in "fc":
            out, self._pullback = vjp(lambda layer, x: layer(x, training=training), self, x)
        else:
            out, pullback = vjp(lambda layer: layer(x, training=training), self)
            self._pullback = lambda cotangent: (*pullback(cotangent), None)
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
        pullback = getattr(self, "_pullback", None)
        if pullback is None:
            raise GradientError(
                f"{self!r}.backward(): there is nothing to go back through; call forward(x) first"
            )
        self.grads, x_cotangent = pullback(cotangent)
        return x_cotangent

    def tree_flatten(self) -> tuple[list[Any], Any]:
        """Return the children and what is static: `tinygrad_np.tree`'s view of a layer."""
        names, children, static = [], [], []
        for name, value in vars(self).items():
            if is_child(value):
                names.append(name)
                children.append(value)
            else:
                static.append((name, value))
        return children, (tuple(names), tuple(static))

    @classmethod
    def tree_unflatten(cls, structure: Any, children: Sequence[Any]) -> Any:
        """Build a layer of the same type around other children, without calling ``__init__``."""
        layer = cls.__new__(cls)
        names, static = structure
        attributes = layer.__dict__
        attributes.update(static)
        attributes.update(zip(names, children, strict=True))
        return layer

    @staticmethod
    def tree_names(structure: Any) -> Sequence[str]:
        """Return the attributes' names of the children."""
        return structure[0]  # type: ignore[no-any-return]

    def __getstate__(self) -> dict[str, Any]:
        return vars(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def __repr__(self) -> str:
        shapes = [
            f"{path}: {'×'.join(map(str, np.shape(leaf))) or 'scalar'}"
            for path, leaf in zip(tree.paths(self), tree.leaves(self), strict=True)
        ]
        return f"{type(self).__name__}({', '.join(shapes)})"


def is_child(value: Any) -> bool:
    """Whether an attribute belongs to the tree: an array, a layer, or a container of such."""
    if isinstance(value, (np.ndarray, Recorded, Layer)):
        return True
    if isinstance(value, (list, tuple)):
        return any([is_child(item) for item in value])
    if isinstance(value, dict):
        return any([is_child(item) for item in value.values()])
    return isinstance(value, np.inexact)


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
        for name, size in (("in_features", in_features), ("out_features", out_features)):
            if not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1:
                raise ValueError(f"Dense: {name} is {size!r}; expected a positive integer")
        if rng is None:
            rng = np.random.default_rng()
        elif not isinstance(rng, np.random.Generator):
            raise TypeError(
                f"Dense: rng is a {type(rng).__name__}; expected np.random.default_rng(seed)"
            )
        if np.dtype(dtype).kind not in "fc":
            raise ValueError(f"Dense: dtype {np.dtype(dtype)} cannot be trained; use a floating one")
        self.weights = initializer(rng, (int(in_features), int(out_features)), dtype)
        self.bias = np.zeros(int(out_features), dtype) if bias else None

    def __call__(self, x: Array, training: bool = False) -> Array:
        weights = self.weights
        shape = x.shape if isinstance(x, (np.ndarray, Recorded)) else np.shape(x)
        if not shape or shape[-1] != weights.shape[0]:
            raise ValueError(
                f"{self!r}: the input has shape {shape}; expected (..., {weights.shape[0]})"
                + reshape_advice(shape, weights.shape[0])
            )
        return dense(x, weights, self.bias)

    def __repr__(self) -> str:
        sizes = ", ".join(map(str, np.shape(self.weights)))
        return f"Dense({sizes}{'' if self.bias is not None else ', bias=False'})"


def reshape_advice(shape: tuple[int, ...], features: int) -> str:
    """Say how to flatten examples, if that is what is missing."""
    if len(shape) > 1 and int(np.prod(shape[1:])) == features:
        return f"; flatten each example first: x.reshape(len(x), {features})"
    return ""


class Activation(Layer):
    """f(x): a layer without parameters, and the base class of such.

    Parameters
    ----------
    function : callable
        Any function of an array, in NumPy's functions.

    Examples
    --------
    >>> Activation(np.tanh)(np.array([0.0]))
    array([0.])
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
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
