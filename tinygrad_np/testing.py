"""Checking derivatives against finite differences, for a user's functions and for our own.

The numbers to compare with come from calls of the function on plain arrays: central differences
with steps h and 2h, extrapolated to h = 0 (Richardson, 1911). Where the two do not fit together,
the function has a kink, a jump or a pole within their reach, and the message says so.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from . import tree
from .recording import Array, strip
from .transforms import jvp, vjp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Flat = Callable[..., list[Array]]
    """A function of arrays that returns a list of arrays."""

__all__ = ["check_grads"]

TOLERANCE = {1e-4: 3e-2, 1e-8: 2e-3, 0.0: 1e-6}
"""How far a derivative may be from the difference, by the least eps: float16, float32, float64."""

LARGEST_SEARCHED = 10_000
"""A wrong gradient of more elements is reported without the index of its largest difference."""


def check_grads(
    fun: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = ("forward", "reverse"),
    rtol: float | None = None,
    atol: float | None = None,
    rng: np.random.Generator | None = None,
) -> None:
    """Check ∂f t by `jvp` and gᵀ ∂f by `vjp` against (f(x + h t) − f(x − h t)) / 2h.

    Tangents t and cotangents g are random. Checked as well: the recorded value is the plain one;
    the two modes agree, g · (∂f t) = (gᵀ ∂f) · t; a gradient has the shape and the dtype of what it
    is the gradient of; nothing given is modified; no two results share memory; a pullback gives
    the same twice.

    Parameters
    ----------
    fun : callable
        Takes trees of arrays and returns one. It is smooth near ``args`` and gives the same value
        each time: one that draws random numbers makes its generator anew in each call.
    args : sequence of trees
        Where to check; leaves are floating or complex. For the differences, leaves of lower
        precision are moved in float64, so ``fun`` is called with float64 copies as well.
    order : int
        Up to which derivative: from 2 on, the derivatives are themselves checked as functions.
    modes : sequence of {"forward", "reverse"}
        By which sweeps.
    rtol, atol : float, optional
        How far a derivative may be from the difference: ``atol + rtol * abs(difference)``. Both
        are 1e-6 for float64, 2e-3 for float32 and 3e-2 for float16.
    rng : numpy.random.Generator, optional
        Draws tangents and cotangents; without it they are the same in every call.

    Raises
    ------
    AssertionError
        If something is wrong: it names the order, the mode, the argument and its leaf, the index of
        the largest difference and both numbers, or says that ``fun`` is not smooth there.
    TypeError, ValueError
        If there is nothing to differentiate, or an option is none of those above.

    Examples
    --------
    >>> import numpy as np, tinygrad_np as tg
    >>> tg.testing.check_grads(lambda x, y: np.sin(x) * y, (np.ones(3), 2.0))
    >>> tg.testing.check_grads(lambda x: x * tg.stop_gradient(x), (np.ones(3),))
    Traceback (most recent call last):
        ...
    AssertionError: check_grads: order 1, forward, argument 0, largest difference at index ...
    """
    if not isinstance(args, (tuple, list)):
        raise TypeError(f"check_grads: args is a tuple of arguments, not {type(args).__name__}")
    if order < 1:
        raise ValueError(f"check_grads: order={order}; the lowest is 1")
    if not modes or not set(modes) <= {"forward", "reverse"}:
        raise ValueError(f"check_grads: modes={modes!r}; they are 'forward' and 'reverse'")
    leaves, structure = tree.flatten(tuple(args))
    leaves = [strip(leaf) for leaf in leaves]
    places = name_places(structure, leaves)

    def flat(*values: Array) -> list[Array]:
        out = tree.leaves(fun(*tree.unflatten(structure, values)))
        return [value for value in out if np.result_type(value).kind in "fc"]

    rng = np.random.default_rng(0) if rng is None else rng
    Check(flat, leaves, Options(modes, rtol, atol, rng, places)).run(order)


def name_places(structure: tree.Structure, leaves: Sequence[Array]) -> list[str]:
    """Name each leaf of the arguments; raise if there are none, or one has no gradient."""
    places = []
    for path, leaf in zip(tree.structure_paths(structure), leaves, strict=True):
        position, _, rest = path.partition(".")
        place = f"argument {position}" + (f", leaf {rest!r}" if rest else "")
        if not hasattr(leaf, "dtype") and not isinstance(leaf, (bool, int, float, complex)):
            raise TypeError(f"check_grads: {place} is of type {type(leaf).__name__}, not an array")
        if np.result_type(leaf).kind not in "fc":
            raise TypeError(
                f"check_grads: {place} is of dtype {np.result_type(leaf)}, which has no gradient. "
                "Close over it: check_grads(lambda params: loss(params, labels), (params,))"
            )
        places.append(place)
    if not places:
        raise ValueError("check_grads: args hold no arrays")
    return places


class Options(NamedTuple):
    """What stays the same from one order to the next."""

    modes: Sequence[str]
    rtol: float | None
    atol: float | None
    rng: np.random.Generator
    places: Sequence[str]
    """A name for each leaf of the arguments."""

    def allowed(self, expected: Array, eps: float) -> Array:
        """atol + rtol |expected|, for what was computed with a precision of ``eps``."""
        default = next(size for least, size in TOLERANCE.items() if eps >= least)
        rtol = default if self.rtol is None else self.rtol
        atol = default if self.atol is None else self.atol
        return atol + rtol * np.abs(expected)


class Slope:
    """(f(x + h t) − f(x − h t)) / 2h for each output of f, where t moves leaf ``i`` alone.

    Beside it, element by element: how far from it a derivative may be, and the doubt, which is how
    badly the steps h and 2h fit together.
    """

    def __init__(self, check: Check, i: int, tangent: Array) -> None:
        h = check.wide_eps**0.25
        self.values: list[Array] = []
        self.allowed: list[Array] = []
        self.doubt: list[Array] = []
        with np.errstate(all="ignore"):
            moved = [check.move(i, step * tangent) for step in (0, h, -h, 2 * h, -2 * h)]
            for value, ahead, behind, far_ahead, far_behind in zip(*moved, strict=True):
                near, far = (ahead - behind) / (2 * h), (far_ahead - far_behind) / (4 * h)
                slope = near + (near - far) / 3
                # The bend of a smooth function halves with the step; that of a kink does not.
                bend = np.abs(ahead - 2 * value + behind) / h
                far_bend = np.abs(far_ahead - 2 * value + far_behind) / (2 * h)
                kink = np.where(bend > 0.75 * far_bend, bend, 0)
                rounding = 8 * check.wide_eps / h * np.max(np.abs(value), initial=0)
                self.values.append(slope)
                self.allowed.append(check.options.allowed(slope, check.eps) + rounding)
                self.doubt.append(np.maximum(np.abs(near - far), kink))

    def along(self, cotangents: Sequence[Array]) -> tuple[Array, Array, Array]:
        """The product g · slope, how far from it a derivative may be, and its doubt."""
        sizes = [np.abs(g) for g in cotangents]
        with np.errstate(all="ignore"):
            return (
                inner(cotangents, self.values),
                inner(sizes, self.allowed),
                inner(sizes, self.doubt),
            )


class Check:
    """The checks of a function's first derivatives at one point.

    Parameters
    ----------
    fun : callable
        Takes the leaves and returns a list of arrays.
    leaves : sequence of arrays
        Where to check.
    options : Options
        As given by the user.
    outer : tuple of str
        The modes in which ``fun`` is itself a derivative, the innermost first.
    eps, wide_eps : float
        The precision that is known to be the best that ``fun`` has, at the leaves and at their
        float64 copies: a derivative is no more precise than what it is the derivative of.
    """

    def __init__(
        self,
        fun: Flat,
        leaves: Sequence[Array],
        options: Options,
        outer: tuple[str, ...] = (),
        eps: float = 0.0,
        wide_eps: float = 0.0,
    ) -> None:
        self.fun = fun
        self.leaves = leaves
        self.options = options
        self.outer = outer
        self.wide = [np.asarray(leaf).astype(np.result_type(leaf, np.float64)) for leaf in leaves]
        self.before = [np.array(leaf) for leaf in leaves]
        self.values = fun(*leaves)
        if not self.values:
            raise TypeError("check_grads: fun returned no floating-point number to differentiate")
        self.eps = max(eps, precision([*leaves, *self.values]))
        with np.errstate(all="ignore"):
            self.wide_eps = max(wide_eps, precision(fun(*self.wide)))
        self.tangents = [random_like(leaf, options.rng) for leaf in leaves]
        self.cotangents = [random_like(value, options.rng) for value in self.values]

    def move(self, i: int, step: Array) -> list[Array]:
        """The values where the wide leaf ``i`` is a step further."""
        moved = [*self.wide]
        moved[i] = moved[i] + step
        return [np.asarray(strip(value)) for value in self.fun(*moved)]

    def run(self, order: int) -> None:
        """Check this order, then what is left of ``order`` on the derivatives."""
        places, modes = self.options.places, self.options.modes
        given = {
            **dict(zip(places, self.leaves, strict=True)),
            **{f"tangent of {p}": t for p, t in zip(places, self.tangents, strict=True)},
            **{f"cotangent of output {k}": g for k, g in enumerate(self.cotangents)},
        }
        before = [*self.before, *map(np.array, [*self.tangents, *self.cotangents])]
        slopes = [Slope(self, i, tangent) for i, tangent in enumerate(self.tangents)]
        pushed = self.check_forward(slopes) if "forward" in modes else []
        pulled = self.check_reverse(slopes) if "reverse" in modes else []
        if pushed and pulled:
            self.check_agreement(pushed, pulled)
        for (name, array), content in zip(given.items(), before, strict=True):
            if not np.array_equal(array, content, equal_nan=True):
                self.fail(" and ".join(modes), name, "was modified")
        results = {f"gradient of {p}": g for p, g in zip(places, pulled, strict=False)}
        for place, moved in zip(places, pushed, strict=False):
            results |= {f"tangent of output {k} by {place}": t for k, t in enumerate(moved)}
        self.check_memory(results, given)
        if order > 1:
            for mode in modes:
                derivative = self.pull if mode == "reverse" else self.push
                outer = (*self.outer, mode)
                inside = Check(
                    derivative, self.leaves, self.options, outer, self.eps, self.wide_eps
                )
                inside.run(order - 1)

    def push(self, *leaves: Array) -> list[Array]:
        """The forward derivative along the tangents, as a function of the leaves."""
        return list(jvp(self.fun, leaves, self.tangents)[1])

    def pull(self, *leaves: Array) -> list[Array]:
        """The reverse derivative along the cotangents, as a function of the leaves."""
        return list(vjp(self.fun, *leaves)[1](self.cotangents))

    def check_forward(self, slopes: Sequence[Slope]) -> list[list[Array]]:
        """Compare `jvp` with the slopes; return the outputs' tangents, a list for each leaf."""
        pushed = []
        for i, slope in enumerate(slopes):
            tangents = [
                tangent if i == j else np.zeros_like(tangent)
                for j, tangent in enumerate(self.tangents)
            ]
            values, moved = jvp(self.fun, self.leaves, tangents)
            self.check_values(values, "forward")
            place = self.options.places[i]
            for k, (value, tangent) in enumerate(zip(self.values, moved, strict=True)):
                output = f"{place}, output {k}" if len(moved) > 1 else place
                self.check_kind(tangent, value, "forward", output)
                self.compare(
                    slope.values[k], tangent, slope.allowed[k], slope.doubt[k], "forward", output
                )
            pushed.append(list(moved))
        return pushed

    def check_reverse(self, slopes: Sequence[Slope]) -> list[Array]:
        """Compare what the pullback returns with the slopes; return it."""
        values, pullback = vjp(self.fun, *self.leaves)
        self.check_values(values, "reverse")
        pulled = list(pullback(self.cotangents))
        again = pullback(self.cotangents)
        for i, (gradient, repeated) in enumerate(zip(pulled, again, strict=True)):
            leaf, place = self.leaves[i], self.options.places[i]
            self.check_kind(gradient, leaf, "reverse", place)
            expected, allowed, doubt = slopes[i].along(self.cotangents)
            found = inner([gradient], [self.tangents[i]])
            if not np.abs(found - expected) <= allowed:
                self.search(i, gradient)
                self.compare(expected, found, allowed, doubt, "reverse", f"{place}, along t")
            if not np.array_equal(gradient, repeated, equal_nan=True):
                self.fail("reverse", place, "the pullback, called twice, gives two gradients")
            if np.may_share_memory(gradient, repeated):
                self.fail("reverse", place, "the gradients of two pullbacks share memory")
        return pulled

    def search(self, i: int, gradient: Array) -> None:
        """Compare a gradient element by element, so as to name the worst one."""
        if gradient.size > LARGEST_SEARCHED:
            return
        rows = []
        for index in np.ndindex(gradient.shape):
            unit = np.zeros_like(self.tangents[i])
            unit[index] = 1
            row = Slope(self, i, unit).along(self.cotangents)
            if unit.dtype.kind == "c":
                turned = Slope(self, i, 1j * unit).along(self.cotangents)
                row = (row[0] - 1j * turned[0], *row[1:])
            rows.append(row)
        columns = [np.reshape(column, gradient.shape) for column in zip(*rows, strict=True)]
        expected, allowed, doubt = columns
        self.compare(expected, gradient, allowed, doubt, "reverse", self.options.places[i])

    def check_agreement(self, pushed: Sequence[Sequence[Array]], pulled: Sequence[Array]) -> None:
        """Compare g · (∂f t) with (gᵀ ∂f) · t: the same number but for rounding."""
        for i, place in enumerate(self.options.places):
            forward = inner(self.cotangents, pushed[i])
            reverse = inner([pulled[i]], [self.tangents[i]])
            terms = zip([*self.cotangents, pulled[i]], [*pushed[i], self.tangents[i]], strict=True)
            size = sum(float(np.sum(np.abs(a * b))) for a, b in terms)
            close = self.eps**0.5
            allowed = max(self.options.rtol or 0, close) * size + (self.options.atol or close)
            if not np.abs(forward - reverse) <= allowed:
                self.fail(
                    "forward and reverse", place, f"they differ: g·(∂f t) = {forward}, (gᵀ∂f)·t = "
                    f"{reverse}",
                )  # fmt: skip

    def check_values(self, values: Sequence[Array], mode: str) -> None:
        """Compare recorded values with plain ones."""
        for k, (value, plain) in enumerate(zip(values, self.values, strict=True)):
            self.check_kind(value, plain, mode, f"value of output {k}")
            if not np.allclose(value, plain, self.eps**0.5, self.eps**0.5, equal_nan=True):
                self.fail(mode, f"value of output {k}", f"recorded {value}, called {plain}")

    def check_kind(self, found: Array, like: Array, mode: str, place: str) -> None:
        """Check that a result has the shape and the dtype of what it belongs to."""
        kinds = [f"{np.result_type(a)} of shape {np.shape(a)}" for a in (found, like)]
        if kinds[0] != kinds[1]:
            self.fail(mode, place, f"has dtype {kinds[0]}, expected {kinds[1]}")

    def check_memory(self, results: dict[str, Array], given: dict[str, Array]) -> None:
        """Check that results share memory neither with each other nor with what was given."""
        modes = " and ".join(self.options.modes)
        pairs = [*combinations(results.items(), 2), *product(results.items(), given.items())]
        for (name, array), (other_name, other) in pairs:
            if np.may_share_memory(array, other):
                self.fail(modes, name, f"shares memory with {other_name}")

    def compare(
        self, expected: Array, found: Array, allowed: Array, doubt: Array, mode: str, place: str
    ) -> None:
        """Raise unless ``found`` is near ``expected`` everywhere; name the worst element."""
        expected, found, allowed, doubt = map(np.asarray, (expected, found, allowed, doubt))
        with np.errstate(invalid="ignore"):
            gap = np.abs(found - expected)
        wrong = ~(gap <= allowed)
        if not wrong.any():
            return
        worst = np.argmax(np.where(wrong, np.nan_to_num(gap, nan=np.inf, posinf=np.inf), -1))
        index = tuple(int(i) for i in np.unravel_index(worst, gap.shape))
        where = f", largest difference at index {index}" if gap.ndim else ""
        numbers = f"finite differences {expected[index]}, derivative {found[index]}"
        if doubt[index] >= 0.1 * gap[index] or not np.isfinite(expected[index]):
            numbers += (
                "\nBut the differences of two step sizes do not fit together: there is a kink, a "
                "jump or a pole close by, where this check proves nothing. Choose another point"
            )
        self.fail(mode, place + where, numbers)

    def fail(self, mode: str, place: str, message: str) -> NoReturn:
        order = 1 + len(self.outer)
        over = "".join(f" over {outer}" for outer in reversed(self.outer))
        raise AssertionError(f"check_grads: order {order}, {mode}{over}, {place}: {message}")


def precision(arrays: Sequence[Array]) -> float:
    """The eps of the least precise of some arrays."""
    return max(float(np.finfo(np.result_type(array)).eps) for array in arrays)


def random_like(array: Array, rng: np.random.Generator) -> Array:
    """Draw numbers of a standard normal distribution, as many and of the same dtype."""
    dtype, shape = np.result_type(array), np.shape(array)
    drawn = rng.standard_normal(shape)
    if dtype.kind == "c":
        drawn = drawn + 1j * rng.standard_normal(shape)
    return np.asarray(drawn).astype(dtype)


def inner(left: Sequence[Array], right: Sequence[Array]) -> Array:
    """Re Σ a b: the product of a cotangent and a tangent."""
    return sum(np.sum(np.real(a * b), dtype=np.float64) for a, b in zip(left, right, strict=True))
