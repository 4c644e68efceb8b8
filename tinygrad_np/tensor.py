"""Tensor: an ndarray whose uses are recorded. Its operators and methods are NumPy's own."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from .assignment import assign, update
from .errors import GradientError
from .ops import CONSTANT, TABLE, Op, indexing, products, shaping, values_of
from .ops import elementwise as e
from .ops.creation import join
from .ops.refused import METHODS
from .overwriting import apart, is_unchanging
from .protocols import dispatch, uncommon_ufunc
from .recording import (
    NO_SETTINGS,
    NUMBERS,
    Recorded,
    backward_sweep,
    bare,
    constant,
    leaf,
    new_level,
    pause,
    paused,
    record,
    record_unary,
    remember_binary,
    strip,
)
from .running import asked_by_you

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Tensor", "no_grad", "stop_gradient"]

REMEDY = """
    For                                   write
    y[i] = x, and y was there before      y = np.array(y) first, in the function
    np.zeros(n), to be filled             np.zeros_like(x, shape=n), outside of tg.grad and its like
    np.array([x, y]), a list of numbers   np.stack([x, y]), the same
    np.array([[x, 1.0], [2.0, y]])        np.block([[x, 1.0], [2.0, y]]), the same
    np.c_[x, y]                           np.column_stack([x, y]), the same
    a.dot(x), and a is no Tensor          np.dot(a, x)
    np.float64(x), float(x)               x.astype(np.float64), x
    math.sin(x)                           np.sin(x), or import tinygrad_np.math as math
    rng.choice(x), made before            x[rng.choice(len(x))]
    np.polynomial                         np.polyval, np.roots, ...
    SciPy, compiled code                  tg.custom_op, with a rule of your own
    an installed package's function       import tinygrad_np.numpy as np, there
    no gradient wanted                    tg.stop_gradient(x)
"""
"""What is written where a value that is recorded would be converted to plain numbers."""

ndarray = np.ndarray


def binary(apply: Callable[[Any, Any], Any], op: Op) -> tuple[Any, Any]:
    """Make an operator's method and its reflection.

    ``apply`` is Python's own operator: on NumPy's scalars it is ten times faster than the ufunc.
    """

    def is_count(self: Tensor) -> bool:
        """Whether a sequence times this is repeated, as it is by NumPy's integers."""
        return op is e.multiply and isinstance(self.value, np.integer)

    def method(self: Tensor, other: Any) -> Any:
        kind = type(other)
        if type(self) is Tensor:
            a, a_node, level = self.value, self.node, self.level
            if kind is Tensor and other.level == level:
                b = other.value
                return remember_binary(op, Tensor, level, a_node, other.node, a, b, apply(a, b))
            if kind in NUMBERS:
                return remember_binary(op, Tensor, level, a_node, None, a, other, apply(a, other))
        if kind in NUMBERS or isinstance(other, Recorded):
            return record(op, (self, other), NO_SETTINGS)
        if isinstance(other, (list, tuple)) and not is_count(self):
            return record(op, (self, join(other)), NO_SETTINGS)
        return NotImplemented

    def reflected(self: Tensor, other: Any) -> Any:
        if type(other) in NUMBERS:
            # Python's complex numbers multiply np.float64 as they do float: to one of their own.
            if type(self) is Tensor and type(other) is not complex:
                b, node, level = self.value, self.node, self.level
                return remember_binary(op, Tensor, level, None, node, other, b, apply(other, b))
            return record(op, (other, self), NO_SETTINGS)
        if isinstance(other, (list, tuple)) and not is_count(self):
            return record(op, (join(other), self), NO_SETTINGS)
        return NotImplemented

    return method, reflected


def in_place(apply: Callable[[Any, Any], Any]) -> Any:
    """Make the method of an in-place operator: compute anew, then let the Tensor become that."""

    def method(self: Tensor, other: Any) -> Any:
        return update(self, apply(self, other))

    return method


def comparison(apply: Callable[[Any, Any], Any], ufunc: Callable[[Any, Any], Any]) -> Any:
    """Make a method that compares values; what it returns is piecewise constant."""

    def method(self: Tensor, other: Any) -> Any:
        if type(self) is Tensor and type(other) in NUMBERS and type(self.value) in NUMBERS:
            return apply(self.value, other)
        a, b = strip(self), strip(other)
        if isinstance(a, Recorded) or isinstance(b, Recorded):
            return ufunc(a, b)
        return apply(a, b)

    return method


def constant_operator(
    apply: Callable[[Any, Any], Any], ufunc: Callable[[Any, Any], Any]
) -> tuple[Any, Any]:
    """Make the methods of an operator whose results are piecewise constant."""
    reflected = comparison(lambda a, b: apply(b, a), lambda a, b: ufunc(b, a))
    return comparison(apply, ufunc), reflected


def numpy_method(function: Any) -> Any:
    """Make the ndarray method that calls a NumPy function on the Tensor."""

    def method(self: Tensor, *args: Any, **keywords: Any) -> Any:
        return dispatch(function, (self, *args), keywords)

    method.__name__ = method.__qualname__ = function.__name__
    method.__doc__ = f"The same as ``np.{function.__name__}``, recorded."
    return method


def check_differentiable(value: Any, place: str) -> None:
    """Raise unless ``value`` is of a dtype that has derivatives."""
    if value.dtype.kind not in "fc":
        raise GradientError(
            f"{place}: no gradient with respect to dtype {value.dtype}; only floating and complex "
            f"numbers have one. Convert it first: x.astype(float)"
        )


def stop_gradient(x: Any) -> Any:
    """Return x as a constant: d stop_gradient(x) / dx = 0.

    Parameters
    ----------
    x : Tensor, array or tree of them
        What is to be treated as a constant by every derivative.

    Returns
    -------
    ndarray or tree of them
        The values, without their recording.

    Examples
    --------
    >>> import tinygrad_np as tg
    >>> float(tg.grad(lambda x: x * tg.stop_gradient(x))(3.0))
    3.0
    """
    from . import tree

    return tree.map(lambda leaf: apart(strip(leaf)) if isinstance(leaf, Recorded) else leaf, x)


class no_grad:
    """Context in which this thread records nothing.

    Transforms begun inside (``tg.grad`` and the like) do record, for themselves.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> with no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    def __enter__(self) -> None:
        pause.outer.append(pause.level)
        pause.level = new_level()
        paused.append(pause.level)

    def __exit__(self, *exception: object) -> None:
        pause.level = pause.outer.pop()
        paused.pop()


class StandIn(np.ndarray):
    """What a Tensor says that it is where it stands for an array; nothing is of this type."""


def standing_for(value: Any) -> type:
    """The type of the array or of the number that a Tensor stands for."""
    while isinstance(value, Recorded):
        if value.intercept is not None and not value.shape:  # type: ignore[attr-defined]
            return value.dtype.type  # type: ignore[attr-defined, no-any-return]
        value = value.value
    return StandIn if type(value) is ndarray else type(value)


CLASS: Any = vars(object)["__class__"]


class Tensor(Recorded):
    """An array whose uses are recorded, so that results can be differentiated.

    Parameters
    ----------
    data : array_like
        The values; an ndarray is used as it is, not copied.
    requires_grad : bool
        Whether `backward` shall leave the gradient with respect to this Tensor in ``grad``. Then
        ``data`` must be of a floating or complex dtype.

    Attributes
    ----------
    data : ndarray
        The values. Those of a Tensor made with ``requires_grad`` can be replaced and, as in
        ``w.data -= 0.1 * w.grad``, be written into; all others cannot.
    grad : ndarray or None
        What calls of `backward` have added up; of the shape and dtype of ``data``. Set it to None
        to start afresh.

    Raises
    ------
    GradientError
        If ``requires_grad`` and the data are integers, booleans or not numbers.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = np.sum(x**2)
    >>> y.backward()
    >>> x.grad
    array([2., 4., 6.])
    """

    __slots__ = ("__weakref__", "is_assigned", "origin", "rows", "views")

    @property
    def __class__(self) -> type:
        """What it stands for, where `running` exchanges names: ``isinstance(x, np.ndarray)``."""
        return standing_for(self) if asked_by_you() else type(self)

    @__class__.setter
    def __class__(self, kind: type) -> None:
        CLASS.__set__(self, kind)

    origin: Any
    views: Any
    rows: Any
    is_assigned: bool

    def __init__(self, data: Any, requires_grad: bool = False) -> None:
        array = np.asarray(strip(data))
        if array.dtype.kind not in "fciub":
            raise GradientError(
                f"Tensor holds numbers, not dtype {array.dtype} (from {type(data).__name__})"
            )
        self.value = value = array[()]
        self.level = 0
        self.node = None
        if requires_grad:
            check_differentiable(value, "Tensor(..., requires_grad=True)")
            self.node = leaf(Tensor, value, 0).node

    # What it is

    @property
    def requires_grad(self) -> bool:
        """Whether results computed from this Tensor are recorded."""
        return self.node is not None

    @property
    def grad(self) -> Any:
        """The gradient that `backward` has added up so far, or None."""
        return getattr(self.node, "grad", None)

    @grad.setter
    def grad(self, value: Any) -> None:
        if self.node is None or self.node.op is not None:
            raise GradientError(
                "only a Tensor made with requires_grad=True has a gradient that can be set"
            )
        if value is not None:
            value = np.asarray(strip(value), dtype=self.dtype)
            if value.shape != self.shape:
                raise ValueError(f"grad has shape {value.shape}, its Tensor {self.shape}")
        self.node.grad = value

    @property
    def data(self) -> Any:
        """The values: the array of a Tensor made with requires_grad, else one that is read-only."""
        value = self.value
        if type(value) is not ndarray or self._is_parameter():
            return value
        view = value.view()
        view.flags.writeable = False
        return view

    @data.setter
    def data(self, value: Any) -> None:
        if not self._is_parameter():
            raise GradientError(
                "only a Tensor made with requires_grad=True has data that can be set; others are "
                "assigned into, y[...] = values, or made anew"
            )
        array = np.asarray(strip(value))
        if array.shape != self.shape or array.dtype != self.dtype:
            raise ValueError(
                f"data has shape {array.shape} and dtype {array.dtype}, its Tensor {self.shape} "
                f"and {self.dtype}"
            )
        self.value = array if array.ndim else array[()]

    def _is_parameter(self) -> bool:
        """Whether this was made with requires_grad=True."""
        return self.node is not None and self.node.op is None and not self.level

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self.value.shape  # type: ignore[no-any-return]

    @shape.setter
    def shape(self, value: Any) -> None:
        raise AttributeError(f"the shape of a Tensor cannot be set: {METHODS['shape']}")

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self.value.dtype  # type: ignore[no-any-return]

    @dtype.setter
    def dtype(self, value: Any) -> None:
        raise AttributeError(f"the dtype of a Tensor cannot be set: {METHODS['dtype']}")

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.value.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.value.size  # type: ignore[no-any-return]

    @property
    def nbytes(self) -> int:
        """The number of bytes that the elements take."""
        return self.value.nbytes  # type: ignore[no-any-return]

    @property
    def itemsize(self) -> int:
        """The number of bytes that an element takes."""
        return self.dtype.itemsize

    @property
    def device(self) -> str:
        """Where the data are: ``"cpu"``, as NumPy's always."""
        return "cpu"

    @property
    def flat(self) -> Tensor:
        """The elements along one axis, which can be assigned into."""
        return shaping.flat(self)  # type: ignore[no-any-return]

    @flat.setter
    def flat(self, value: Any) -> None:
        np.put(self, np.arange(self.size), value)  # type: ignore[arg-type]

    @property
    def T(self) -> Tensor:
        """The axes in reverse order."""
        return shaping.transpose(self)  # type: ignore[no-any-return]

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged."""
        return products.swap(self)  # type: ignore[no-any-return]

    @property
    def real(self) -> Tensor:
        """The real part."""
        return e.real(self)  # type: ignore[no-any-return]

    @real.setter
    def real(self, value: Any) -> None:
        self.real[...] = value

    @property
    def imag(self) -> Tensor:
        """The imaginary part."""
        return e.imag(self)  # type: ignore[no-any-return]

    @imag.setter
    def imag(self, value: Any) -> None:
        if self.dtype.kind != "c":
            raise TypeError(f"a Tensor of dtype {self.dtype} has no imaginary part to be set")
        self.imag[...] = value

    # What comes out of the recording

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return the values as an ndarray of its own, without their derivative.

        Examples
        --------
        >>> Tensor([1.0, 2.0]).numpy()
        array([1., 2.])
        """
        return np.array(strip(self))

    def detach(self) -> Tensor:
        """Return a Tensor of the same values that nothing is differentiated through.

        Examples
        --------
        >>> Tensor([1.0], requires_grad=True).detach().requires_grad
        False
        """
        return Tensor(apart(strip(self)))

    def item(self, *index: Any) -> Any:
        """Return one element: inside a transform as a Tensor, else as a Python number.

        So a function's ``x.item()`` keeps its derivative, and that of a Tensor that you made has
        none.

        Examples
        --------
        >>> Tensor(2.5).item()
        2.5
        """
        if not self.level:
            return strip(self).item(*index)
        np.broadcast_to(False, self.shape).item(*index)  # raises what NumPy's own raises
        place = index[0] if len(index) == 1 else index
        if isinstance(place, tuple) and place:
            return self[place]
        return np.ravel(self)[place] if index else np.reshape(self, ())

    def tolist(self) -> Any:
        """Return nested lists: inside a transform of Tensors, else of Python numbers.

        Examples
        --------
        >>> Tensor([1.0, 2.0]).tolist()
        [1.0, 2.0]
        """
        if not self.level:
            return strip(self).tolist()
        return [part.tolist() for part in self] if self.ndim else self

    def backward(self, cotangent: Any = None) -> None:
        """Add the gradient of this value to ``grad`` of every Tensor it was computed from.

        Parameters
        ----------
        cotangent : array_like, optional
            What to multiply the derivative with from the left, of the shape of this Tensor. It may
            be left out for a scalar, where it is 1.

        Raises
        ------
        GradientError
            If nothing was recorded, if the recording was freed by an earlier `backward`, or if this
            is not a scalar and ``cotangent`` was left out.

        Examples
        --------
        >>> w = Tensor([1.0, 2.0], requires_grad=True)
        >>> (w * w).backward(cotangent=[1.0, 10.0])
        >>> w.grad
        array([ 2., 40.])
        """
        if self.node is None:
            raise GradientError(
                "backward(): nothing was recorded for this Tensor. Compute it from a Tensor made "
                "with requires_grad=True, outside tg.no_grad()"
            )
        if self.level:
            raise GradientError(
                "backward() works on Tensors that you made; inside a function given to tg.grad or "
                "another transform, call tg.grad or tg.vjp. Of what a checkpointed function "
                "computes, its result alone can be used outside"
            )
        if cotangent is None:
            if self.value.size != 1:
                raise GradientError(
                    f"backward() of a Tensor of shape {self.shape}: the gradient is that of a "
                    "scalar. Reduce it first, as in y.sum().backward(), or give the cotangent"
                )
            if self.dtype.kind == "c":
                raise GradientError(
                    f"backward() of a complex number ({self.dtype}): take its real part first, or "
                    "give the cotangent that you mean"
                )
            cotangent = np.ones(self.shape, self.dtype)[()]
        else:
            cotangent = np.array(strip(cotangent), dtype=self.dtype)
            if cotangent.shape != self.shape:
                raise ValueError(
                    f"backward(): the cotangent has shape {cotangent.shape}, "
                    f"the Tensor has shape {self.shape}"
                )
        for node, gradient in backward_sweep([(self.node, cotangent)]).items():
            held = getattr(node, "grad", None)
            node.grad = np.array(gradient if held is None else held + gradient)

    # The NumPy protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method == "__call__" and not keywords:
            op = TABLE.get(ufunc)
            if type(op) is Op:
                if len(inputs) == 1:
                    return record_unary(op, self, NO_SETTINGS)
                return record(op, inputs, NO_SETTINGS)
            if op is not None:
                return op(*inputs)
            if ufunc in CONSTANT:
                return ufunc(*values_of(inputs))
        return uncommon_ufunc(ufunc, method, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        return dispatch(function, args, keywords)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        if self.node is None:
            return np.array(self.data, dtype=dtype, copy=copy)
        if dtype is not None and np.dtype(dtype).kind in "iub":
            return np.array(strip(self), dtype=dtype, copy=copy)
        raise GradientError(
            f"{self._briefly()} would become a plain ndarray, and its gradient would be lost."
            + REMEDY
        )

    # The Array API standard

    def __array_namespace__(self, *, api_version: Any = None) -> Any:
        from . import numpy

        np.empty(0).__array_namespace__(api_version=api_version)
        return numpy

    def to_device(self, device: Any, /, *, stream: Any = None) -> Tensor:
        """Return this Tensor: there is no device but ``"cpu"``.

        Examples
        --------
        >>> Tensor([1.0, 2.0]).to_device("cpu")
        Tensor([1., 2.])
        """
        np.empty(0).to_device(device, stream=stream)
        return self

    def __dlpack__(
        self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None,
        copy: Any = None,
    ) -> Any:  # fmt: skip
        self._refuse_conversion("dlpack")
        keywords = {"max_version": max_version, "dl_device": dl_device, "copy": copy}
        given = {name: value for name, value in keywords.items() if value is not None}
        return np.asarray(strip(self)).__dlpack__(stream=stream, **given)

    def __dlpack_device__(self) -> tuple[int, int]:
        return np.empty(0).__dlpack_device__()

    @property
    def __array_interface__(self) -> Any:
        if is_constant(self):
            return np.asarray(self.data).__array_interface__
        raise AttributeError("__array_interface__")

    # Python's conversions

    def _briefly(self) -> str:
        """Describe the Tensor within a line of a message."""
        if self.size <= 6:
            return repr(self)
        return f"Tensor(shape={self.shape}, dtype={self.dtype})"

    def _refuse_conversion(self, target: str) -> None:
        if self.node is not None:
            raise GradientError(f"{target}({self._briefly()}) would lose its gradient.{REMEDY}")

    def __float__(self) -> float:
        self._refuse_conversion("float")
        return float(self.value)

    def __complex__(self) -> complex:
        self._refuse_conversion("complex")
        return complex(self.value)

    def __int__(self) -> int:
        return int(strip(self))

    def __index__(self) -> int:
        return operator.index(strip(self))

    def __bool__(self) -> bool:
        return bool(strip(self))

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d Tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError("iteration over a 0-d Tensor")
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        values = strip(self)
        shown = np.array2string(np.asarray(values), separator=", ", prefix="Tensor(")
        implied = values.dtype in (np.float64, np.int64, np.bool_)
        dtype = "" if implied else f", dtype={values.dtype}"
        return f"Tensor({shown}{dtype}{', requires_grad=True' if self.node is not None else ''})"

    def __format__(self, specification: str) -> str:
        return format(strip(self), specification) if specification else repr(self)

    def __getitem__(self, index: Any) -> Tensor:
        if not is_unchanging(index):
            index = values_of(index)
            if isinstance(index, Tensor) and np.issubdtype(index.dtype, np.integer):
                # Each example of a batch has its own.
                return indexing.taken(self, index, axis=0)  # type: ignore[no-any-return]
        return record_unary(indexing.getitem, self, {"index": index})  # type: ignore[no-any-return]

    def __setitem__(self, index: Any, value: Any) -> None:
        assign(self, index, value)

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __reduce__(self) -> Any:
        if self.node is not None or isinstance(self.value, Recorded):
            raise TypeError("a Tensor that is recorded is not pickled: save x.numpy()")
        return Tensor, (self.value,)

    # NumPy's operators

    __add__, __radd__ = binary(operator.add, e.add)
    __sub__, __rsub__ = binary(operator.sub, e.subtract)
    __mul__, __rmul__ = binary(operator.mul, e.multiply)
    __truediv__, __rtruediv__ = binary(operator.truediv, e.divide)
    __pow__, __rpow__ = binary(operator.pow, e.power)
    __mod__, __rmod__ = binary(operator.mod, e.remainder)
    __matmul__, __rmatmul__ = binary(operator.matmul, products.matmul)
    __iadd__ = in_place(operator.add)
    __isub__ = in_place(operator.sub)
    __imul__ = in_place(operator.mul)
    __itruediv__ = in_place(operator.truediv)
    __ipow__ = in_place(operator.pow)
    __imod__ = in_place(operator.mod)
    __imatmul__ = in_place(operator.matmul)
    __floordiv__, __rfloordiv__ = constant_operator(operator.floordiv, np.floor_divide)
    __and__, __rand__ = constant_operator(operator.and_, np.bitwise_and)
    __or__, __ror__ = constant_operator(operator.or_, np.bitwise_or)
    __xor__, __rxor__ = constant_operator(operator.xor, np.bitwise_xor)
    __lshift__, __rlshift__ = constant_operator(operator.lshift, np.left_shift)
    __rshift__, __rrshift__ = constant_operator(operator.rshift, np.right_shift)
    __eq__ = comparison(operator.eq, np.equal)
    __ne__ = comparison(operator.ne, np.not_equal)
    __lt__ = comparison(operator.lt, np.less)
    __le__ = comparison(operator.le, np.less_equal)
    __gt__ = comparison(operator.gt, np.greater)
    __ge__ = comparison(operator.ge, np.greater_equal)

    def __neg__(self) -> Tensor:
        return e.negative(self)  # type: ignore[no-any-return]

    def __pos__(self) -> Tensor:
        return e.positive(self)  # type: ignore[no-any-return]

    def __abs__(self) -> Tensor:
        return e.absolute(self)  # type: ignore[no-any-return]

    def __invert__(self) -> Any:
        return np.invert(self)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __ifloordiv__(self, other: Any) -> Any:  # type: ignore[misc]
        self[...] = self // other
        return self

    def __round__(self, *digits: int) -> Any:
        value = strip(self)
        rounded: Any = np.round if value.ndim else round
        return rounded(value, *digits)

    def __trunc__(self) -> int:
        whole: int = math.trunc(strip(self))
        return whole

    def __floor__(self) -> int:
        whole: int = math.floor(strip(self))
        return whole

    def __ceil__(self) -> int:
        whole: int = math.ceil(strip(self))
        return whole

    def __hash__(self) -> int:
        if self.node is not None or isinstance(self.value, (ndarray, Recorded)):
            raise TypeError(
                f"{self._briefly()} cannot be looked up in a dictionary or a set: only constant "
                "numbers can, as a value that was remembered for another would lose its gradient. "
                "Use x.item() of a constant, or tg.stop_gradient(x)"
            )
        return hash(self.value)

    def is_integer(self) -> bool:
        """Whether the number is a whole one.

        Examples
        --------
        >>> Tensor(np.float64(2.0)).is_integer()
        True
        """
        return bool(strip(self).is_integer())

    def __contains__(self, value: Any) -> bool:
        return bool(np.any(self == value))

    # NumPy's methods

    all = numpy_method(np.all)
    any = numpy_method(np.any)
    argmax = numpy_method(np.argmax)
    argmin = numpy_method(np.argmin)
    argpartition = numpy_method(np.argpartition)
    argsort = numpy_method(np.argsort)
    choose = numpy_method(np.choose)
    clip = numpy_method(np.clip)
    conj = conjugate = numpy_method(np.conjugate)
    cumprod = numpy_method(np.cumprod)
    cumsum = numpy_method(np.cumsum)
    diagonal = numpy_method(np.diagonal)
    dot = numpy_method(np.dot)
    max = numpy_method(np.max)
    mean = numpy_method(np.mean)
    min = numpy_method(np.min)
    nonzero = numpy_method(np.nonzero)
    prod = numpy_method(np.prod)
    put = numpy_method(np.put)
    ravel = numpy_method(np.ravel)
    repeat = numpy_method(np.repeat)
    round = numpy_method(np.round)
    searchsorted = numpy_method(np.searchsorted)
    squeeze = numpy_method(np.squeeze)
    std = numpy_method(np.std)
    sum = numpy_method(np.sum)
    swapaxes = numpy_method(np.swapaxes)
    take = numpy_method(np.take)
    trace = numpy_method(np.trace)
    var = numpy_method(np.var)

    def copy(self, order: Any = "C") -> Tensor:
        """The same as ``np.copy``, recorded."""
        return shaping.copy(self, order=order)  # type: ignore[no-any-return]

    def fill(self, value: Any) -> None:
        """Assign one value to all elements."""
        assign(self, ..., np.reshape(value, ()).astype(self.dtype))

    def reshape(self, *shape: Any, order: Any = "C", copy: Any = None) -> Tensor:
        """The same as ``np.reshape``, recorded; lengths may be given one by one."""
        lengths = shape[0] if len(shape) == 1 else shape
        return shaping.reshape_to(self, lengths, order, copy=copy)  # type: ignore[no-any-return]

    def compress(self, condition: Any, axis: Any = None) -> Tensor:
        """The same as ``np.compress``, recorded."""
        return dispatch(np.compress, (condition, self, axis), {})  # type: ignore[no-any-return]

    def sort(
        self, axis: int = -1, kind: Any = None, order: Any = None, *, stable: Any = None
    ) -> None:
        """Sort in place, recorded; ``np.sort`` returns a sorted copy."""
        update(self, np.sort(self, axis, kind, order, stable=stable))

    def partition(
        self, kth: Any, axis: int = -1, kind: Any = "introselect", order: Any = None
    ) -> None:
        """Partition in place, recorded; ``np.partition`` returns a copy."""
        update(self, np.partition(self, kth, axis, kind, order))

    def transpose(self, *axes: Any) -> Tensor:
        """The same as ``np.transpose``, recorded; axes may be given one by one."""
        order = axes[0] if len(axes) == 1 else axes or None
        return shaping.transpose(self, axes=order)  # type: ignore[no-any-return]

    def flatten(self, order: Any = "C") -> Tensor:
        """The elements along one axis: a copy, recorded."""
        return np.copy(shaping.ravel_in_order(self, order))  # type: ignore[return-value]

    def astype(
        self, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: bool = True,
        copy: bool = True,
    ) -> Any:  # fmt: skip
        """Convert to ``dtype``; to integers or booleans as a constant."""
        # What cannot be cast, NumPy refuses itself.
        checked = np.empty(0, self.dtype) if casting != "same_value" else np.asarray(bare(self))
        dtype = checked.astype(dtype, casting=casting).dtype
        if dtype == self.dtype and not copy:
            return self
        if dtype.kind == "O":
            self._refuse_conversion("object")
        if dtype.kind not in "fc" and not isinstance(strip(self), Recorded):
            return strip(self).astype(dtype, order)
        return shaping.astype(self, dtype=dtype, order=order)


WRITING = ("resize", "setflags")


def is_constant(tensor: Any) -> bool:
    """Whether a Tensor is an array that nothing is differentiated through."""
    return tensor.node is None and not isinstance(tensor.value, Recorded) and not tensor.intercept


class Missing:
    """What an ndarray has and a Tensor has not: an AttributeError that says what to write."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, tensor: Any, kind: type) -> Any:
        # A constant that the drop-in made serves wherever the plain program's array does.
        if tensor is not None and is_constant(tensor) and self.name not in WRITING:
            return getattr(np.asarray(tensor.data), self.name)
        raise AttributeError(
            f"a Tensor has no {self.name!r}: "
            + METHODS.get(
                self.name,
                f"x.numpy().{self.name} is that of the values, without their derivative",
            )
        )

    def __set__(self, tensor: Any, value: Any) -> None:
        self.__get__(tensor, type(tensor))


for missing in set(dir(np.ndarray)) - set(dir(Tensor)):
    if not missing.startswith("_"):
        setattr(Tensor, missing, Missing(missing))


def like(function: Any) -> None:
    """Let a creation function return a Tensor for a Tensor, so that it can be assigned into."""

    def create(prototype: Any, *args: Any, **keywords: Any) -> Any:
        return constant(Tensor, function(stand_in(prototype), *values_of(args), **keywords))

    TABLE[function] = create


def stand_in(value: Any) -> Any:
    """An ndarray of the value's shape and dtype, for functions that look at nothing else."""
    value = strip(value)
    if isinstance(value, Recorded):
        return np.broadcast_to(np.zeros((), value.dtype), value.shape)  # type: ignore[attr-defined]
    return value


def fresh(function: Any) -> None:
    """Let a creation function return a Tensor if one is passed as ``like=``."""

    def create(*args: Any, **keywords: Any) -> Any:
        return constant(Tensor, function(*values_of(args), **values_of(keywords)))

    TABLE[function] = create


for like_another in (np.zeros_like, np.ones_like, np.empty_like):
    like(like_another)
for from_shape in (np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri):
    fresh(from_shape)
