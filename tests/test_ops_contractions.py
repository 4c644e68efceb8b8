"""ops/contractions.py: einsum and its relatives, diagonals and triangles."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, seeds

import tinygrad_np as tg
from tinygrad_np.ops import Op
from tinygrad_np.ops import contractions as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
sides = st.integers(0, 3)
stacks = st.sampled_from([(), (2,), (0,), (2, 1)])


def values(draw: Any, *shapes: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(draw(seeds))
    return tuple(np.asarray(rng.uniform(-2, 2, shape)) for shape in shapes)


# How the functions are called


@st.composite
def of_matrices(draw: Any, offsets: str = "offset") -> Call:
    """Draw a stack of matrices and a diagonal."""
    (array,) = values(draw, (*draw(stacks), draw(sides), draw(sides)))
    return Call((array,), {offsets: draw(st.integers(-2, 2))})


@st.composite
def with_axes(draw: Any) -> Call:
    """Draw an array, two of its axes, and a diagonal."""
    call = draw(of_matrices())
    axes = draw(st.permutations(range(call.arrays[0].ndim)))[:2]
    negative = draw(st.booleans())
    axis1, axis2 = [axis - call.arrays[0].ndim * negative for axis in axes]
    return Call(call.arrays, {**call.settings, "axis1": axis1, "axis2": axis2})


@st.composite
def of_op(draw: Any) -> Call:
    """Draw what the op of a diagonal is given."""
    call = draw(with_axes())
    ndim = call.arrays[0].ndim
    axes = {name: call.settings[name] % ndim for name in ("axis1", "axis2")}
    return Call(call.arrays, {**call.settings, **axes})


@st.composite
def onto_diagonal(draw: Any) -> Call:
    call = draw(of_op())
    (array,) = values(draw, np.diagonal(call.arrays[0], **call.settings).shape)
    return Call((array,), {**call.settings, "shape": call.arrays[0].shape})


@st.composite
def diagonals(draw: Any) -> Call:
    """Draw a vector or a matrix."""
    shape = draw(st.one_of(st.tuples(sides), st.tuples(sides, sides)))
    return Call(values(draw, shape), {"k": draw(st.integers(-2, 2))})


@st.composite
def triangles(draw: Any) -> Call:
    shape = draw(st.one_of(st.tuples(sides), st.tuples(stacks, sides, sides).map(
        lambda drawn: (*drawn[0], *drawn[1:]))))  # fmt: skip
    return Call(values(draw, shape), {"k": draw(st.integers(-2, 2))})


@st.composite
def products(draw: Any, first: str, second: str) -> Call:
    """Draw two stacks that broadcast, with axes named by letters behind the stacks' own."""
    lengths = {letter: draw(sides) for letter in "ijk"}
    a, b = draw(
        st.sampled_from(
            [((), ()), ((2,), ()), ((), (2,)), ((2, 1), (3,)), ((1,), (2,)), ((0,), ())]
        )
    )
    shapes = [
        (*stack, *[lengths[letter] for letter in letters])
        for stack, letters in ((a, first), (b, second))
    ]
    return Call(values(draw, *shapes))


@st.composite
def vectors_along(draw: Any, length: int | None = None) -> Call:
    """Draw two arrays of vectors along some axis."""
    ndim = draw(st.integers(1, 3))
    axis = draw(st.integers(-ndim, -1))
    shape = [draw(sides) for _ in range(ndim)]
    shape[axis] = draw(sides) if length is None else length
    return Call(values(draw, tuple(shape), tuple(shape)), {"axis": axis})


@st.composite
def kronecker(draw: Any) -> Call:
    shapes = st.lists(sides, max_size=3).map(tuple)
    return Call(values(draw, draw(shapes), draw(shapes)))


@st.composite
def tensordots(draw: Any, named: bool = False) -> Call:
    """Draw what is summed: so many axes, or which ones."""
    common = [draw(sides) for _ in range(draw(st.integers(0, 2)))]
    rest = st.lists(sides, max_size=2)
    a_rest, b_rest = draw(rest), draw(rest)
    if not named and draw(st.booleans()):
        return Call(values(draw, (*a_rest, *common), (*common, *b_rest)), {"axes": len(common)})
    orders = [draw(st.permutations(range(len(common) + len(rest)))) for rest in (a_rest, b_rest)]
    shapes = [[0] * len(order) for order in orders]
    axes = []
    for shape, order, lengths in zip(shapes, orders, (a_rest, b_rest), strict=True):
        for axis, length in zip(order, [*common, *lengths], strict=True):
            shape[axis] = length
        negative = not named and draw(st.booleans())
        axes.append(tuple(i - len(order) * negative for i in order[: len(common)]))
    return Call(values(draw, *map(tuple, shapes)), {"axes": tuple(axes)})


@st.composite
def formulas(draw: Any) -> Call:
    """Draw subscripts in all of einsum's forms, and operands that fit them."""
    lengths = {"B": 2, "a": 3, "c": 1, "i": draw(st.sampled_from([2, 0]))}
    letter = st.sampled_from(sorted(lengths))
    terms, shapes = [], []
    hidden = [draw(st.sampled_from([2, 3])) for _ in range(2)]
    dotted = draw(st.booleans())
    for _ in range(draw(st.integers(1, 3))):
        term = draw(st.lists(letter, max_size=3))
        repeated = {one for one in term if draw(st.integers(0, 4)) == 0}
        shape = [1 if one in repeated else lengths[one] for one in term]
        if dotted and draw(st.booleans()):
            place = draw(st.integers(0, len(term)))
            extra = [1 if draw(st.integers(0, 4)) == 0 else n for n in hidden]
            extra = extra[draw(st.integers(0, 2)) :]
            term[place:place], shape[place:place] = [...], extra
        terms.append(term)
        shapes.append(tuple(shape))
    used = sorted({one for term in terms for one in term if one is not ...})
    output = None
    if draw(st.booleans()):
        output = draw(st.lists(st.sampled_from(used), unique=True)) if used else []
        if any(... in term for term in terms):
            output.insert(draw(st.integers(0, len(output))), ...)
    optimize = draw(st.sampled_from([False, True, "greedy", "optimal"]))
    settings = {"terms": terms, "output": output, "optimize": optimize,
                "spelled": draw(st.booleans())}  # fmt: skip
    return Call(values(draw, *shapes), settings)


def call_einsum(function: Any, arrays: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    terms, output = settings["terms"], settings["output"]
    if settings["spelled"]:
        spell = lambda term: "".join("..." if one is ... else one for one in term)
        formula = ", ".join(map(spell, terms))
        formula += "" if output is None else f"->{spell(output)}"
        return function(formula, *arrays, optimize=settings["optimize"])
    number = lambda term: [one if one is ... else "Baci".index(one) for one in term]
    pairs = [part for array, term in zip(arrays, terms, strict=True)
             for part in (array, number(term))]  # fmt: skip
    return function(
        *pairs, *([] if output is None else [number(output)]), optimize=settings["optimize"]
    )


@st.composite
def numbered_formulas(draw: Any) -> Call:
    call = draw(formulas().filter(lambda call: call.settings["output"] is not None))
    hypothesis.assume(not any(... in term for term in call.settings["terms"]))
    number = lambda term: tuple("Baci".index(one) for one in term)
    return Call(
        call.arrays,
        {
            "labels": tuple(map(number, call.settings["terms"])),
            "output": number(call.settings["output"]),
            "optimize": call.settings["optimize"],
        },
    )


CASES = op_cases.by_function(
    Case(np.diagonal, with_axes(), complex=True),
    Case(ops.diagonal_of, of_op(), complex=True),
    Case(ops.diagonal_matrix, onto_diagonal(), complex=True),
    Case(np.linalg.diagonal, of_matrices(), complex=True),
    Case(np.trace, with_axes(), complex=True),
    Case(np.linalg.trace, of_matrices(), complex=True),
    Case(np.diag, diagonals(), complex=True),
    Case(np.diagflat, diagonals(), complex=True),
    Case(np.tril, triangles(), complex=True),
    Case(np.triu, triangles(), complex=True),
    Case(np.vecdot, products("i", "i"), complex=True),
    Case(np.linalg.vecdot, vectors_along(), complex=True, ulps=8),
    Case(np.linalg.matmul, products("ij", "jk"), complex=True),
    Case(np.linalg.outer, st.composite(lambda draw: Call(values(draw, (draw(sides),), (3,))))(),
         complex=True),
    Case(np.linalg.cross, vectors_along(3), complex=True),
    Case(np.linalg.matrix_transpose, of_matrices().map(lambda call: Call(call.arrays)),
         complex=True),
    Case(np.kron, kronecker(), complex=True),
    Case(np.tensordot, tensordots(), complex=True),
    Case(np.linalg.tensordot, tensordots(), complex=True),
    Case(ops.sum_of_products, tensordots(named=True), complex=True),
    Case(np.einsum, formulas(), call_einsum, complex=True),
    Case(ops.einsum_of, numbered_formulas(), complex=True),
    *([Case(np.matvec, products("ij", "j"), complex=True)] if hasattr(np, "matvec") else []),
    *([Case(np.vecmat, products("i", "ij"), complex=True)] if hasattr(np, "vecmat") else []),
)  # fmt: skip


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, CASES)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_derivatives_by_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each(op_cases.methods(CASES))
@few
@hypothesis.given(data=st.data())
def test_method(case: Case, data: st.DataObject) -> None:
    op_cases.check_method(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_batches_are_loops(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


# JAX takes no vector for a triangle.
OF_JAX = {
    key: case for key, case in CASES.items()
    if not isinstance(key, Op) and key not in (np.tril, np.triu)
}  # fmt: skip


@op_cases.each(OF_JAX)
@hypothesis.settings(max_examples=2)
@hypothesis.given(data=st.data())
def test_agrees_with_jax(case: Case, data: st.DataObject, jax_numpy: Any) -> None:
    home = jax_numpy.linalg if "linalg" in getattr(case.function, "__module__", "") else jax_numpy
    if not hasattr(home, case.name):
        pytest.skip(f"JAX has no {case.name}")
    op_cases.check_against_jax(case, getattr(home, case.name), data)


# Forms and corners of einsum


@pytest.mark.parametrize(
    ("formula", "shapes"),
    [
        ("ii", [(3, 3)]),
        ("iij,jj->i", [(2, 2, 3), (3, 3)]),
        ("ij->", [(2, 3)]),
        ("ij,j->", [(2, 3), (1,)]),
        ("ij,ij->", [(2, 1), (2, 3)]),
        ("ij,kl->k", [(2, 1), (2, 3)]),
        (",i->i", [(), (3,)]),
        ("i...", [(2, 3)]),
        ("...ij,...jk->...ik", [(2, 1, 2, 3), (3, 3, 2)]),
        ("ijk,ilm,njm,nlk,abc->", [(2, 2, 2)] * 4 + [(2, 1, 2)]),
        ("b...,...->b...", [(2, 3), (3,)]),
    ],
)
def test_einsum_of_awkward_formulas(formula: str, shapes: list[tuple[int, ...]]) -> None:
    rng = np.random.default_rng(0)
    arrays = tuple(rng.standard_normal(shape) for shape in shapes)
    tg.testing.check_grads(lambda *arrays: np.einsum(formula, *arrays), arrays)


@pytest.mark.parametrize("optimize", [False, True, ["einsum_path", (0, 2), (0, 1)]])
def test_einsum_agrees_with_torch(optimize: Any) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape) for shape in ((2, 3), (4, 5), (3, 4))]
    formula = "ij,kl,jk->il"
    out, pullback = tg.vjp(lambda *a: np.einsum(formula, *a, optimize=optimize), *arrays)
    inputs = [torch.tensor(array, requires_grad=True) for array in arrays]
    theirs = torch.einsum(formula, *inputs)
    cotangent = rng.standard_normal(out.shape)
    theirs.backward(torch.tensor(cotangent))
    np.testing.assert_allclose(out, theirs.detach(), rtol=1e-12, atol=1e-12)
    for gradient, other in zip(pullback(cotangent), inputs, strict=True):
        np.testing.assert_allclose(gradient, other.grad, rtol=1e-12, atol=1e-12)


def test_einsum_takes_constants_of_every_kind() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    gradient = tg.grad(lambda x: np.einsum("ij,j,->", x, [1, 10], 2.0))(x)
    np.testing.assert_array_equal(gradient, [[2, 20], [2, 20]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_einsum_in_another_dtype(dtype: type) -> None:
    a = np.array([[1.5, 2.0], [3.0, 4.5]], dtype)
    for settings in (
        {"dtype": np.float64}, {"dtype": np.complex128}, {"order": "F"}, {"casting": "no"},
        {"dtype": np.float32, "casting": "same_kind"}, {"dtype": int, "casting": "unsafe"},
        {"dtype": np.float64, "optimize": True}, {"dtype": None},
    ):  # fmt: skip
        fun = lambda x, s=settings: np.einsum("ij,jk->ik", x, x, **s)
        found, expected = fun(tg.Tensor(a, requires_grad=True)), fun(a)
        if "optimize" in settings:  # with which NumPy 2.0 forgets about the dtype
            expected = expected.astype(np.float64)
        op_cases.assert_same(found, expected)
        assert isinstance(found, tg.Tensor) == (expected.dtype != int)
        if expected.dtype != int and "optimize" not in settings:
            tg.testing.check_grads(fun, (a,), order=1)
    with pytest.raises(TypeError, match="cannot be cast to float16 by the rule 'safe'"):
        np.einsum("ij->i", tg.Tensor(a, requires_grad=True), dtype=np.float16)


def test_einsum_path_is_about_shapes() -> None:
    a = np.ones((2, 3))
    x = tg.Tensor(a, requires_grad=True)
    path = np.einsum_path("ij,jk,kl->il", x, a.T, a)
    assert path == np.einsum_path("ij,jk,kl->il", a, a.T, a)
    fun = lambda x: np.einsum("ij,jk,kl->il", x, a.T, x, optimize=path[0])
    np.testing.assert_allclose(fun(x).numpy(), fun(a))
    tg.testing.check_grads(fun, (a,), order=1)


def test_einsum_refuses_what_does_not_fit() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match="2 terms in the subscripts, 1 operands"):
        np.einsum("ij,jk->ik", x)
    with pytest.raises(ValueError, match="'ijk' for an operand of 2 axes"):
        np.einsum("ijk->i", x)
    with pytest.raises(ValueError, match="no operand has the output's label 'z'"):
        np.einsum("ij->z", x)
    with pytest.raises(tg.GradientError, match=r"np\.einsum.*out"):
        np.einsum("ij->i", x, out=np.zeros(2))


@pytest.mark.parametrize("offset", [1, np.uint8(1), np.int8(-1), tg.Tensor(np.uint8(1))])
@pytest.mark.parametrize("function", [np.diag, np.diagflat, np.diagonal, np.trace])
def test_an_offset_is_an_integer(function: Any, offset: Any) -> None:
    x = np.arange(9.0).reshape(3, 3)
    op_cases.assert_same(function(tg.Tensor(x), offset), function(x, int(offset)))
    with pytest.raises(TypeError, match="integer"):
        function(tg.Tensor(x), 1.5)


def test_what_has_no_matrices_is_refused() -> None:
    x = tg.Tensor(np.ones(3), requires_grad=True)
    for function in (np.diagonal, np.trace, np.linalg.diagonal, np.linalg.matrix_transpose):
        with pytest.raises(ValueError, match=r"\(3,\)"):
            function(x)
    with pytest.raises(ValueError, match=r"np\.outer flattens"):
        np.linalg.outer(x, np.ones((2, 2)))
    with pytest.raises(ValueError, match="length 3"):
        np.linalg.cross(x[:2], np.ones(2))
