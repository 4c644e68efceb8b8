"""What a layer is: a tree of parameters that is called."""

from __future__ import annotations

from functools import wraps
from operator import is_not
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import tree
from ..errors import GradientError, UnseenError
from ..recording import Array, Recorded
from ..transforms import vjp
from .initializers import check_generator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Layer"]


class Layer:
    """A function with parameters: write ``__init__`` and ``__call__``, and it is a tree.

    Its leaves are the arrays among its attributes, also those inside of layers, tuples, lists,
    dicts and other trees there, in the order in which they were set. Everything else (sizes, a
    name, a Python number) is static. So ``tg.grad(loss)(layer, x)`` is a layer of the same type
    that holds gradients.

    A layer that is in several places is one layer: its parameters are leaves once, and their
    gradient is the sum over the places.

    What a layer remembers without learning it by gradients, such as running statistics, are
    *buffers*: a subclass names these attributes in ``buffers``. They are no leaves. What is built
    around other leaves shares them, so a call changes them in place (``self.mean *= 0.9``), if
    ``training=True``. So it is with every ``np.random.Generator`` among the attributes. Both are
    saved and loaded with the parameters.

    Attributes
    ----------
    buffers : tuple of str
        Of the class: the names of the attributes that are buffers.
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

    buffers: tuple[str, ...] = ()
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
        >>> from tinygrad_np import nn
        >>> nn.ReLU().forward(np.array([-1.0, 2.0]))
        array([0., 2.])
        """
        if not isinstance(x, Recorded):
            x = np.asarray(x)
        make_sizes(self, x)
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
        >>> from tinygrad_np import nn
        >>> layer = nn.ReLU()
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


def make_sizes(layer: Layer, x: Array) -> None:
    """Call a layer once, if there are sizes in it that it takes from its input."""
    if not is_sized(layer):
        import copy

        # If that fails, nothing is changed.
        copy.deepcopy(layer)(x, training=False)
        layer(x, training=False)


class Form(tuple[Any, ...]):
    """(type, static, parts): what is left of a layer or container when its arrays are taken out.

    A part is a `Form`, the type `Taken` where an array was, something `Held`, or else a static
    value.
    """

    __slots__ = ()


class Held:
    """A buffer or generator: part of what is left, and shared by all that is built from it.

    All of one kind are equal: what they hold does not make another structure.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and self.kind() == other.kind()

    def __hash__(self) -> int:
        return hash(type(self.value))

    def __repr__(self) -> str:
        return type(self.value).__name__

    def kind(self) -> tuple[Any, ...]:
        value = self.value
        return type(value), getattr(value, "shape", None), getattr(value, "dtype", None)

    def take_over(self, other: Held) -> None:
        """Change what is held into what another holds, in place."""
        if isinstance(self.value, np.random.Generator):
            self.value.bit_generator.state = other.value.bit_generator.state
        else:
            np.copyto(self.value, other.value)


class Taken:
    """What stands in a `Form` where an array was."""


class Again:
    """The type in the `Form` of a layer that came before, whose static part is its number."""


UNSEEN = "_unseen"
"""The attribute of a layer that holds what its parameters are made from, until there is input."""

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
        if UNSEEN in attributes:
            raise UnseenError(
                f"{value!r} takes its sizes from the first input that it sees, and has seen none. "
                "Call the model once, as in model(x[:1]), before its parameters are needed"
            )
        buffers = kind.buffers
        parts = [
            Held(part) if name in buffers and part is not None else take_apart(part, arrays, layers)
            for name, part in attributes.items()
        ]
        return Form((kind, tuple(attributes), tuple(parts)))
    how = tree.KINDS[kind] if kind in tree.KINDS else tree.find_kind(kind)
    if how is None:
        if isinstance(value, CONTAINERS) and holds_arrays(value):
            # As a leaf, it is refused by name by whatever wants an array there.
            arrays.append(value)
            return Taken
        return Held(value) if isinstance(value, np.random.Generator) else value
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
        return form.value if type(form) is Held else form
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
    for name, part in named_parts(form):
        for rest in paths(part):
            yield f"{name}.{rest}" if rest else name


def named_parts(form: Any) -> Iterator[tuple[str, Any]]:
    if type(form) is not Form or form[0] is Again:
        return
    kind, static, parts = form
    if not issubclass(kind, Layer):
        static = tree.child_names(tree.Structure(kind, static, parts))
    for name, part in zip(static, parts, strict=True):
        yield str(name), part


def held(structure: Any) -> Iterator[tuple[str, Held]]:
    """Yield the buffers and generators of a tree's structure, or of a form, under their paths."""
    if type(structure) is Held:
        yield "", structure
        return
    if not isinstance(structure, tree.Structure):
        children = named_parts(structure)
    elif structure.kind is not None and issubclass(structure.kind, Layer):
        children = named_parts(structure.static)
    else:
        children = zip(tree.child_names(structure), structure.children, strict=True)
    for name, child in children:
        for rest, found in held(child):
            yield f"{name}.{rest}" if rest else name, found


def is_sized(layer: Any) -> bool:
    """Whether every layer in a tree has its parameters, and waits for no input."""
    try:
        tree.flatten(layer)
    except UnseenError:
        return False
    return True


def buffers_of(layer: Any) -> list[Any]:
    """List the arrays in a tree that are buffers, each once."""
    found = [one.value for _, one in held(tree.flatten(layer)[1])]
    return list({id(value): value for value in found if isinstance(value, np.ndarray)}.values())


def with_held(structure: Any, replace: Callable[[Held], Held]) -> Any:
    """Put other buffers and generators into a tree's structure, or into a form."""
    if type(structure) is Held:
        return replace(structure)
    if type(structure) is Form:
        kind, static, parts = structure
        return Form((kind, static, tuple([with_held(part, replace) for part in parts])))
    if not isinstance(structure, tree.Structure):
        return structure
    static = structure.static
    if structure.kind is not None and issubclass(structure.kind, Layer):
        static = with_held(static, replace)
    children = tuple([with_held(child, replace) for child in structure.children])
    return tree.Structure(structure.kind, static, children)


class Sized(Layer):
    """A layer whose parameters have sizes that it can take from the first input it sees.

    A subclass sets its attributes to None, calls ``self.begin(features, …)``, and makes the
    parameters in ``make(features, …)``; its ``__call__`` begins with ``self.see(x)``.
    """

    def begin(self, features: int | None, **settings: Any) -> None:
        """Make the parameters, or leave it until there is input."""
        if features is None:
            setattr(self, UNSEEN, settings)
        else:
            self.make(features, **settings)

    def see(self, x: Array) -> tuple[int, ...]:
        """Make the parameters for an input, unless they are made; return the input's shape."""
        shape: tuple[int, ...] = x.shape if hasattr(x, "shape") else np.shape(x)
        settings = self.__dict__.get(UNSEEN)
        if settings is not None:
            if not shape or 0 in shape[-1:]:
                raise ValueError(
                    f"{self!r}: the input has shape {shape}; its last axis says how many features "
                    "there are"
                )
            self.make(shape[-1], **settings)
            delattr(self, UNSEEN)
        return shape

    def make(self, features: int, **settings: Any) -> None:
        """Make the parameters for so many features."""
        raise NotImplementedError


def positive(name: str, size: Any) -> int:
    """Return a size, checked; ``name`` begins with the layer's."""
    if not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1:
        advice = "; pass the generator as rng=" if isinstance(size, np.random.Generator) else ""
        raise ValueError(f"{name} is {size!r}; expected a positive integer{advice}")
    return int(size)


def trainable_dtype(function: str, dtype: Any, kinds: str = "f") -> np.dtype[Any]:
    found: np.dtype[Any] = np.dtype(dtype)
    if found.kind not in kinds:
        raise ValueError(f"{function}: dtype {found} cannot be trained; use a floating one")
    return found


def generator_or_new(function: str, rng: Any) -> np.random.Generator:
    if rng is None:
        return np.random.default_rng()
    check_generator(function, rng)
    generator: np.random.Generator = rng
    return generator


def initial(function: str, initializer: Any, rng: Any, shape: Any, dtype: Any) -> Array:
    """Draw initial weights, checked to be what was asked for."""
    weights = np.asarray(initializer(rng, shape, dtype), dtype)
    if weights.shape != shape:
        raise ValueError(
            f"{function}: the initializer returned shape {weights.shape}; it was asked for {shape}"
        )
    return weights


def described(layer: Layer, *sizes: Any, **settings: tuple[Any, Any]) -> str:
    """Write how a layer is made: its sizes, and the settings that are not the default."""
    parts = [repr(size) for size in sizes if size is not None]
    parts += [
        f"{name}={value!r}" for name, (value, default) in settings.items() if value != default
    ]
    return f"{type(layer).__name__}({', '.join(parts)})"
