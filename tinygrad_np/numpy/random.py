"""``numpy.random``, as a part of the drop-in: NumPy's numbers, from generators in NumPy's states.

While a transform runs a function, Tensors can be written into what is drawn, as into all arrays
that are made here. Of Tensors that are recorded,

- elements are chosen and rearranged: ``choice``, ``permutation``, ``permuted``, ``shuffle``;
- the parameters of `FAMILIES` have a derivative: that of the numbers drawn, for the same stream. It
  is the pathwise derivative, known as reparameterization (Kingma and Welling, Auto-Encoding
  Variational Bayes, 2014). Whatever the dtype of a parameter, which is that of its gradient, NumPy
  draws float64, and so do these.

Other functions refuse them. Within `tg.vmap` a function runs once: what it draws is the same for
all examples, unlike in a loop, and arguments that depend on the example are refused.

A generator that NumPy itself made, as ``Generator(PCG64(0))`` is everywhere, knows nothing of
Tensors; ``default_rng(rng.bit_generator)`` makes one here that draws from the same stream.

Examples
--------
>>> import tinygrad_np as tg, tinygrad_np.numpy as np
>>> value, slope = tg.value_and_grad(lambda sigma: np.random.default_rng(0).normal(1, sigma))(2.0)
>>> print(f"{value:.4f} {slope:.4f}")
1.2515 0.1257
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import numpy.random

from ..errors import GradientError
from ..ops import values_of
from ..ops.creation import has_recorded, join
from ..protocols import is_recorded
from ..recording import Array, Recorded
from ..running import PlainArrays, running
from ..tensor import Tensor
from .lifting import Function, lifted, namespace, recordable

if TYPE_CHECKING:
    from collections.abc import Callable


def triangle(u: Array, left: Array, mode: Array, right: Array) -> Array:
    base = right - left
    rising = left + numpy.sqrt(u * ((mode - left) * base))
    falling = right - numpy.sqrt((1.0 - u) * ((right - mode) * base))
    return numpy.where(u <= (mode - left) / base, rising, falling)


FAMILIES: dict[str, tuple[str, Callable[..., Array]]] = {
    "exponential": ("standard_exponential", lambda z, scale=1.0: scale * z),
    "gumbel": ("gumbel", lambda z, loc=0.0, scale=1.0: loc + scale * z),
    "laplace": ("laplace", lambda z, loc=0.0, scale=1.0: loc + scale * z),
    "logistic": ("logistic", lambda z, loc=0.0, scale=1.0: loc + scale * z),
    "lognormal": ("standard_normal", lambda z, mean=0.0, sigma=1.0: numpy.exp(mean + sigma * z)),
    "normal": ("standard_normal", lambda z, loc=0.0, scale=1.0: loc + scale * z),
    "rayleigh": ("rayleigh", lambda z, scale=1.0: scale * z),
    "triangular": ("random", triangle),
    "uniform": ("random", lambda u, low=0.0, high=1.0: low + (high - low) * u),
}
"""What is drawn without parameters for each family, and NumPy's formula that makes it of that.

The numbers are NumPy's to the last bit, but for the rounding of ``exp``, and where a compiler has
fused NumPy's multiplication and addition into one.
"""

INSTEAD = {
    "choice": "x[rng.choice(len(x), p=tg.stop_gradient(p))]",
    "gamma": "scale * rng.standard_gamma(tg.stop_gradient(shape), size)",
    "multivariate_normal": "mean + np.linalg.cholesky(cov) @ rng.standard_normal(len(mean))",
    "pareto": "np.expm1(rng.standard_exponential(size) / a)",
    "power": "(-np.expm1(-rng.standard_exponential(size))) ** (1 / a)",
    "weibull": "rng.standard_exponential(size) ** (1 / a)",
}
"""What to write where a function refuses recorded parameters."""

REARRANGING = {"choice": "a", "permutation": "x", "permuted": "x", "shuffle": "x"}
"""The functions that move elements, and what they call the array of these."""


signature = functools.cache(inspect.signature)


def method(kind: Any, name: str) -> Callable[..., Any]:
    """Make a method that takes Tensors, and makes arrays that Tensors can be written into."""
    original = getattr(kind, name)

    @functools.wraps(original)
    def call(self: Any, *args: Any, **keywords: Any) -> Any:
        with PlainArrays():  # for NumPy's methods that call each other
            if has_recorded([*args, *keywords.values()]):
                given = signature(original).bind(self, *args, **keywords).arguments
                made = call_with_tensors(original, given.pop("self"), given)
            else:
                made = original(self, *args, **keywords)
        is_array = type(made) is numpy.ndarray and running.depth
        return recordable(made, args, keywords) if is_array else made

    return call


def call_with_tensors(original: Any, generator: Any, given: dict[str, Any]) -> Any:
    """Call a method on arguments, by their names, that have Tensors among them."""
    name, label = original.__name__, f"np.random.{original.__qualname__}"
    if has_recorded(values_of([*given.values()])):
        raise GradientError(
            f"{label}: inside tg.vmap it would draw once for all examples, where a loop draws anew "
            "for each: draw for all of them before, and map over what was drawn too"
        )
    place = REARRANGING.get(name, "")
    parameters = {key: value for key, value in given.items() if key not in (place, "out")}
    if is_recorded((), parameters):
        if name in FAMILIES:
            return reparameterized(original, generator, **parameters)
        raise GradientError(
            f"{label}: what it draws has no derivative here with respect to its parameters: "
            + (f"write {INSTEAD[name]}, or " if name in INSTEAD else "")
            + "pass tg.stop_gradient(...) of them if none is wanted"
        )
    x, out = given.get(place), given.get("out")
    if has_recorded(x) and (name != "shuffle" or isinstance(x, Recorded)):
        return rearranged(original, generator, given, place)
    if isinstance(out, Tensor):
        out[...] = original(generator, **{**given, "out": numpy.empty(out.shape, out.dtype)})
        return out
    return original(generator, **given)


def reparameterized(original: Any, generator: Any, size: Any = None, **given: Any) -> Array:
    """Draw without parameters, and apply NumPy's formula to that and to them."""
    standard, formula = FAMILIES[original.__name__]
    parameters = {
        key: join(value).astype(float, casting="safe", copy=False) for key, value in given.items()
    }
    shape = tuple(size) if numpy.iterable(size) else (size,)
    if size is None:
        shape = numpy.broadcast_shapes(*[value.shape for value in parameters.values()])
    # What NumPy refuses, it refuses itself, before it draws.
    original(generator, **values_of(parameters), size=(0, *shape))
    return formula(getattr(generator, standard)(size=shape or None), **parameters)


def rearranged(original: Any, generator: Any, given: dict[str, Any], place: str) -> Any:
    """Let NumPy rearrange the numbers of the elements; then exchange each for its element."""
    x, out = join(given[place]), given.get("out")
    numbers = given[place] = numpy.arange(x.size).reshape(x.shape)
    if out is not None:
        given["out"] = numpy.empty(numpy.shape(out), numbers.dtype)
    made = original(generator, **given)
    if made is None:  # shuffle
        x[...] = numpy.ravel(x)[numbers]
        return None
    if out is None:
        return numpy.ravel(x)[made]
    out[...] = numpy.ravel(x)[made]
    return out


def taking_tensors(kind: Any) -> Any:
    """Replace the methods of a subclass of one of NumPy's generators."""
    base = kind.__base__
    for name in dir(base):
        if not name.startswith("_") and callable(getattr(base, name)):
            setattr(kind, name, method(base, name))
    kind.__reduce__ = lambda self: (type(self), *base.__reduce__(self)[1:])
    return kind


@taking_tensors
class RecordingGenerator(numpy.random.Generator):
    """``numpy.random.Generator``, which here takes Tensors as well."""


class OfNumPys(type):
    """The type of a class of which NumPy's own objects are instances too."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if cls is RandomState:
            return isinstance(instance, numpy.random.RandomState)
        return super().__instancecheck__(instance)


@taking_tensors
class RandomState(numpy.random.RandomState, metaclass=OfNumPys):
    """``numpy.random.RandomState``, which here takes Tensors as well."""


def recording_rng(seed: Any = None) -> Any:
    made = numpy.random.default_rng(seed)
    return made if made is seed else RecordingGenerator(made.bit_generator)


def lift(value: Any) -> Any:
    """Return a legacy function as the method of the RandomState behind all of them that it is."""
    owner = getattr(value, "__self__", None)
    if not isinstance(owner, numpy.random.RandomState):
        return lifted(value)
    return Function(value, functools.partial(method(type(owner), value.__name__), owner))


default_rng = Function(numpy.random.default_rng, recording_rng)
__all__, __getattr__, __dir__ = namespace(numpy.random, __name__, lift)
