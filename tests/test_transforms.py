"""grad, value_and_grad, vjp, jvp, jacobian, hessian, hvp: alone, nested, and given bad input."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import tinygrad_np as tg

X = np.array([0.5, -1.5, 2.0])
Y = np.array([1.5, 0.25, -0.5])
MATRIX = np.array([[1.0, 2.0, -1.0], [0.5, -2.0, 3.0]])


class Pair(NamedTuple):
    first: Any
    second: Any


@dataclass
class Model:
    weights: Any
    rest: Any
    name: str = "m"


def loss(x: Any, y: Any) -> Any:
    return np.sum(x**2 * y) + np.sum(np.sin(x) / (1 + y**2))


def loss_by_x(x: Any, y: Any) -> Any:
    return 2 * x * y + np.cos(x) / (1 + y**2)


def loss_by_y(x: Any, y: Any) -> Any:
    return x**2 - np.sin(x) * 2 * y / (1 + y**2) ** 2


def vector(x: Any) -> Any:
    """A function of three numbers that returns two."""
    return MATRIX @ np.sin(x) + x[0] * x[1]


def jacobian_of_vector(x: Any) -> Any:
    return MATRIX * np.cos(x) + np.array([x[1], x[0], 0])


# grad and value_and_grad


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, lambda x, y: x), (1, lambda x, y: y), (-1, lambda x, y: y), (-2, lambda x, y: x),
        (np.int64(1), lambda x, y: y),
        ((0, 1), lambda x, y: (x, y)), ([1, 0], lambda x, y: (y, x)), ((1,), lambda x, y: (y,)),
        (range(2), lambda x, y: (x, y)), ((), lambda x, y: ()),
    ],
)  # fmt: skip
def test_argnums(argnums: Any, expected: Any) -> None:
    wanted = expected(loss_by_x(X, Y), loss_by_y(X, Y))
    for found in (
        tg.grad(loss, argnums)(X, Y),
        tg.grad(loss, argnums=argnums)(X, Y),
        tg.value_and_grad(loss, argnums)(X, Y)[1],
    ):
        assert type(found) is type(wanted)
        for one, other in zip(np.atleast_1d(found), np.atleast_1d(wanted), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-14)


def test_value_and_grad() -> None:
    value, gradient = tg.value_and_grad(loss)(X, Y)
    assert value == loss(X, Y)
    assert type(value) is np.float64
    np.testing.assert_array_equal(gradient, tg.grad(loss)(X, Y))
    assert type(gradient) is np.ndarray


def test_has_aux() -> None:
    def fun(x: Any) -> Any:
        y = x * 2
        return np.sum(y**2), {"y": y, "text": "t", "none": None, "x": [x, 1]}

    gradient, aux = tg.grad(fun, has_aux=True)(X)
    (value, same_aux), same_gradient = tg.value_and_grad(fun, has_aux=True)(X)
    np.testing.assert_array_equal(gradient, 8 * X)
    np.testing.assert_array_equal(same_gradient, gradient)
    assert value == np.sum(4 * X**2)
    for one in (aux, same_aux):
        assert type(one["y"]) is np.ndarray
        np.testing.assert_array_equal(one["y"], 2 * X)
        assert (one["text"], one["none"], one["x"][1]) == ("t", None, 1)


def test_other_arguments_pass_through_as_they_are() -> None:
    def fun(x: Any, labels: Any, *rest: Any, power: Any, config: Any = None) -> Any:
        assert type(labels) is np.ndarray
        assert rest == ("text", None)
        assert config == {"deep": object}
        return np.sum(x[labels] ** power)

    gradient = tg.grad(fun)(X, np.array([0, 0]), "text", None, power=3, config={"deep": object})
    np.testing.assert_allclose(gradient, [2 * 3 * X[0] ** 2, 0, 0])


def test_the_name_tells_what_it_is_of() -> None:
    assert tg.grad(loss).__name__ == "grad_of_loss"
    assert tg.value_and_grad(Pair).__name__ == "value_and_grad_of_Pair"


TREE: Any = {
    "dict": {"b": X, "a": Y},
    "list": [X, [Y, np.array(2.0)]],
    "tuple": (X,),
    "none": None,
    "pair": Pair(X, 3.0),
    "model": Model(Y, [X, None], "name"),
    "empty": [(), {}],
    "float32": np.float32([1, 2, 3]),
    "scalar": np.float32(2),
}


def test_gradients_of_trees_have_their_form() -> None:
    def fun(tree: Any) -> Any:
        return sum(np.sum((i + 1) * leaf**2) for i, leaf in enumerate(tg.tree.leaves(tree)))

    gradient = tg.grad(fun)(TREE)
    leaves, structure = tg.tree.flatten(gradient)
    assert structure == tg.tree.flatten(TREE)[1]
    for i, (found, leaf) in enumerate(zip(leaves, tg.tree.leaves(TREE), strict=True)):
        np.testing.assert_allclose(found, 2 * (i + 1) * np.asarray(leaf))
        assert found.dtype == np.asarray(leaf).dtype
        assert found.shape == np.shape(leaf)
        assert isinstance(found, np.ndarray) == isinstance(leaf, np.ndarray)


def test_the_function_sees_the_same_form() -> None:
    def fun(pair: Any, model: Any) -> Any:
        assert type(pair) is Pair
        assert type(model) is Model
        assert model.name == "m"
        return np.sum(pair.first * model.weights) * pair.second

    by_pair, by_model = tg.grad(fun, (0, 1))(Pair(X, 2.0), Model(Y, None))
    np.testing.assert_array_equal(by_pair.first, 2 * Y)
    np.testing.assert_array_equal(by_model.weights, 2 * X)
    assert by_model.rest is None


def test_arguments_that_nothing_depends_on_have_zero_gradients() -> None:
    gradient = tg.grad(lambda tree: np.sum(tree["a"]))({"a": X, "b": np.float32([1, 2])})
    np.testing.assert_array_equal(gradient["b"], np.float32([0, 0]))
    assert gradient["b"].dtype == np.float32
    np.testing.assert_array_equal(tg.grad(lambda x: 2.0)(X), [0, 0, 0])
    assert tg.grad(lambda x: np.float32(1))(1.0) == 0


def test_gradients_by_complex_numbers() -> None:
    z = X + 1j * Y
    np.testing.assert_allclose(tg.grad(lambda z: np.sum(np.abs(z) ** 2))(z), 2 * np.conj(z))
    # A holomorphic function has the same gradient by both of its parts.
    np.testing.assert_allclose(tg.grad(lambda z: np.sum(np.real(np.exp(z))))(z), np.exp(z))
    for fun in (lambda z: np.sum(np.abs(z)), lambda z: np.sum(np.imag(z**3) * np.real(z))):
        fast = -np.conj(tg.grad(fun)(z))
        changes = [fun(z + 1e-6 * turn * fast) - fun(z) for turn in np.exp(1j * np.linspace(0, 6))]
        assert np.argmin(changes) == 0
    w = 0.5 - 2j
    by_real, by_complex = tg.grad(lambda x, z: np.real(np.sum(x * z)), (0, 1))(X, w)
    np.testing.assert_array_equal(by_real, np.full(3, 0.5))
    assert by_complex == np.sum(X)


def test_complex_gradients_agree_with_jax(jax_numpy: Any) -> None:
    import jax

    z = X + 1j * Y
    fun = lambda np, z: np.sum(np.abs(z * np.exp(z)) + np.imag(z) * np.real(z**2))
    theirs = jax.grad(lambda z: fun(jax_numpy, z))(z)
    np.testing.assert_allclose(tg.grad(lambda z: fun(np, z))(z), theirs, rtol=1e-12)


@pytest.mark.parametrize("fun", [lambda x: np.sum(x), lambda x: x[0], lambda x: x.reshape(3)[1]])
def test_gradients_can_be_written_into(fun: Any) -> None:
    x = X.copy()
    gradient = tg.grad(fun)(x)
    gradient += 5
    np.testing.assert_array_equal(x, X)
    assert gradient.flags.writeable


def test_the_same_array_twice() -> None:
    by_x, by_y = tg.grad(lambda x, y: np.sum(x + y), (0, 1))(X, X)
    assert not np.shares_memory(by_x, by_y)
    gradient = tg.grad(lambda tree: np.sum(tree[0] * tree[1]))([X, X])
    np.testing.assert_array_equal(gradient, [X, X])


# vjp and jvp


def test_vjp() -> None:
    out, pullback = tg.vjp(vector, X)
    np.testing.assert_array_equal(out, vector(X))
    for cotangent in (np.array([1.0, 0.0]), np.array([-2.0, 3.0]), np.array([1, 0])):
        (gradient,) = pullback(cotangent)
        np.testing.assert_allclose(gradient, cotangent @ jacobian_of_vector(X))


def test_vjp_of_trees() -> None:
    def fun(tree: Any, y: Any) -> Any:
        return {"sum": tree["x"] + y, "parts": (tree["x"] * y, 3.0, None)}

    out, pullback = tg.vjp(fun, {"x": X}, Y)
    np.testing.assert_array_equal(out["sum"], X + Y)
    assert out["parts"][1:] == (3.0, None)
    by_tree, by_y = pullback({"sum": np.ones(3), "parts": (X, 1.0, None)})
    np.testing.assert_array_equal(by_tree["x"], 1 + X * Y)
    np.testing.assert_array_equal(by_y, 1 + X * X)


def test_a_pullback_is_linear_and_can_be_called_again() -> None:
    _, pullback = tg.vjp(lambda x, y: np.exp(x * y), X, Y)
    g, h = np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.5, 2.0])
    for a, b, c in zip(pullback(g), pullback(h), pullback(2 * g + h), strict=True):
        np.testing.assert_allclose(2 * a + b, c)


def test_jvp() -> None:
    for t in (np.array([1.0, 0.0, 0.0]), np.array([1, -2, 0.5]), np.array([0, 0, 1])):
        out, tangent = tg.jvp(vector, (X,), (t,))
        np.testing.assert_array_equal(out, vector(X))
        np.testing.assert_allclose(tangent, jacobian_of_vector(X) @ t)


def test_jvp_of_trees() -> None:
    def fun(tree: Any, y: Any) -> Any:
        return [tree["x"] * y, {"constant": 1.0, "integer": 2, "y": y}]

    out, moved = tg.jvp(fun, ({"x": X}, Y), ({"x": np.ones(3)}, np.zeros(3)))
    np.testing.assert_array_equal(out[0], X * Y)
    np.testing.assert_array_equal(moved[0], Y)
    assert (moved[1]["constant"], moved[1]["integer"]) == (0, 0)
    np.testing.assert_array_equal(moved[1]["y"], np.zeros(3))


def test_tangents_and_cotangents_take_the_dtype_of_what_they_belong_to() -> None:
    x = X.astype(np.float32)
    assert tg.jvp(np.sin, (x,), (np.ones(3),))[1].dtype == np.float32
    assert tg.jvp(np.sin, (1.0,), (2,))[1].dtype == np.float64
    assert tg.vjp(np.sin, x)[1](np.ones(3))[0].dtype == np.float32


def test_identities_return_copies() -> None:
    x, t = X.copy(), np.ones(3)
    (gradient,) = tg.vjp(lambda x: x, x)[1](t)
    moved = tg.jvp(lambda x: x, (x,), (t,))[1]
    both = tg.vjp(lambda x: (x, x), x)[1]((t, t))[0]
    np.testing.assert_array_equal(gradient, t)
    np.testing.assert_array_equal(both, 2 * t)
    for array in (gradient, moved, both):
        assert not any(np.shares_memory(array, other) for other in (x, t))


# jacobian, hessian, hvp


@pytest.mark.parametrize("mode", ["auto", "reverse", "forward"])
def test_jacobian(mode: str) -> None:
    np.testing.assert_allclose(tg.jacobian(vector, mode=mode)(X), jacobian_of_vector(X))


@pytest.mark.parametrize("mode", ["auto", "reverse", "forward"])
@pytest.mark.parametrize(
    ("fun", "args"),
    [
        (np.sum, (X,)), (lambda x: x * 2, (2.0,)), (lambda x: np.stack([x, x**2]), (2.0,)),
        (np.outer, (X, Y)), (lambda x: x[:0], (X,)), (lambda x: x, (np.zeros((0, 2)),)),
        (lambda x: MATRIX, (X,)), (lambda x: np.where(X > 0, x, x.T), (np.outer(X, Y),)),
        (lambda x, y: np.einsum("i,j->ij", x, y) if False else x[:, None] * y, (X, Y)),
    ],
)  # fmt: skip
def test_jacobians_agree_with_differences(fun: Any, args: Any, mode: str) -> None:
    jacobian = tg.jacobian(fun, mode=mode)(*args)
    x = np.asarray(args[0], float)
    assert jacobian.shape == np.shape(fun(*args)) + x.shape
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = 1e-6
        slope = (np.asarray(fun(x + step, *args[1:])) - fun(x - step, *args[1:])) / 2e-6
        np.testing.assert_allclose(jacobian[(..., *index)], slope, rtol=1e-7, atol=1e-8)


def sum_of_terms(p: Any) -> Any:
    t = np.linspace(0.0, 1.0, 5)
    return sum(p[i] * np.exp(-p[i + 1] * t) for i in range(0, 6, 2))


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_jacobian_does_not_carry_rows_of_zeros(mode: str) -> None:
    carried = []

    def rule(t: Any, out: Any, x: Any) -> Any:
        carried.append(len(t.value))
        return t * np.cos(x)

    sine = tg.custom_op(np.sin).defvjp(rule).defjvp(rule)
    p = np.arange(1.0, 7.0)
    jacobian = tg.jacobian(lambda p: np.stack([sine(p[i]) for i in range(6)]), mode=mode)(p)
    np.testing.assert_allclose(jacobian, np.diag(np.cos(p)))
    assert carried == [1] * 6


SPARSE: dict[str, Callable[..., Any]] = {
    "terms": sum_of_terms,
    "unpacked": lambda p: np.stack([a * b for a, b in zip(p, p[::-1], strict=True)]),
    "overlapping parts": lambda p: p[:2] * p[1:3] * p[4] + np.concatenate([p[5:], p[:1]]),
    "rows of a table": lambda p: sum(np.exp(a) * np.arange(3.0) * b for a, b in p.reshape(3, 2)),
    "columns of a table": lambda p: np.outer(p.reshape(3, 2)[:, 0], p.reshape(3, 2)[:, 1]),
    "chosen": lambda p: p[[4, 0, 4]] * np.where(p[:3] > 2, p[3:], 1.0),
    "a part without a slope": lambda p: np.floor(p[0]) * p[1:3] + 0 * p[5],
    "an array that is filled": lambda p: filled(p),
    "matrices": lambda p: np.linalg.solve(p[:4].reshape(2, 2) + np.eye(2), p[4:]),
    "one by one": lambda p: np.convolve(p[:2], p[3:]),
}


def filled(p: Any) -> Any:
    y = np.zeros_like(p)
    y[0] = p[1] * p[2]
    y[2:4] = p[4] ** 2
    y += p[0]
    return y[:4]


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("fun", SPARSE.values(), ids=SPARSE)
def test_jacobians_of_functions_of_parts_of_the_parameters(fun: Any, mode: str) -> None:
    p = np.array([0.3, 1.2, 2.5, 0.7, 1.9, 3.1])
    weights = np.linspace(1.0, 2.0, np.size(fun(p))).reshape(np.shape(fun(p)))

    def loss(p: Any) -> Any:
        return np.sum(weights * fun(p) ** 2)

    directions = np.eye(6)
    columns = [tg.jvp(fun, (p,), (direction,))[1] for direction in directions]
    np.testing.assert_allclose(tg.jacobian(fun, mode=mode)(p), np.stack(columns, -1), atol=1e-13)
    products = [tg.hvp(loss, (p,), (direction,)) for direction in directions]
    by_mode = tg.jacobian(tg.grad(loss), mode=mode)
    np.testing.assert_allclose(by_mode(p), products, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(tg.hessian(loss)(p), products, rtol=1e-12, atol=1e-12)
    both = np.stack([p, p + 1])
    np.testing.assert_allclose(tg.vmap(by_mode)(both)[0], products, rtol=1e-12, atol=1e-12)
    of_both = tg.jacobian(tg.vmap(fun), mode=mode)(both)
    np.testing.assert_allclose(of_both[0, ..., 0, :], np.stack(columns, -1), atol=1e-13)
    assert not np.any(of_both[0, ..., 1, :])
    twice = tg.jacobian(tg.jacobian(loss, mode=mode), mode=mode)(p)
    np.testing.assert_allclose(twice, products, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_rule_may_assign_into_an_array_of_its_own(mode: str) -> None:
    def rule(t: Any, out: Any, x: Any) -> Any:
        reversed_ = np.zeros_like(t)
        reversed_[0] = t[1]
        reversed_[1] = t[0]
        return reversed_

    swap = tg.custom_op(lambda x: x[::-1].copy()).defvjp(rule).defjvp(rule)
    p = np.arange(1.0, 5.0)
    jacobian = tg.jacobian(lambda p: swap(p[:2]) * swap(p[2:]), mode=mode)(p)
    assert jacobian.tolist() == [[0, 4, 0, 2], [3, 0, 1, 0]]


def test_the_hessian_of_a_tree_runs_the_function_once() -> None:
    calls = []

    def loss(tree: Any) -> Any:
        calls.append(1)
        return np.sum((tree["a"] + tree["b"]) ** 3 * tree["c"])

    leaves = {"a": np.array([1.0, 2.0]), "b": np.array([0.5, 1.5]), "c": np.array(2.0)}
    leaves |= {"unused": np.ones(3), "empty": np.zeros((0, 2))}
    hessian = tg.hessian(loss)(leaves)
    assert len(calls) == 1
    total = leaves["a"] + leaves["b"]
    for first, second in (("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")):
        np.testing.assert_allclose(hessian[first][second], np.diag(12 * total))
    np.testing.assert_allclose(hessian["c"]["b"], 3 * total**2)
    assert hessian["c"]["c"] == 0
    for name, leaf in leaves.items():
        for other, by in leaves.items():
            assert hessian[name][other].shape == leaf.shape + by.shape


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_the_memory_of_a_jacobian_is_got_from_the_system_once() -> None:
    resource = pytest.importorskip("resource")
    t = np.linspace(0.0, 1.0, 600)[:, np.newaxis]
    jacobian = tg.jacobian(lambda p: np.sum(np.exp(-((t - p[:10]) ** 2)) * p[10:], axis=1))
    p = np.linspace(0.0, 1.0, 20)
    faults = []
    for _ in range(4):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        jacobian(p)
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    pages_of_an_array = 20 * 600 * 10 * 8 // resource.getpagesize()
    assert min(faults) < pages_of_an_array


def test_jacobians_of_trees_and_several_arguments() -> None:
    def fun(tree: Any, y: Any) -> Any:
        return tree["w"] * y + tree["b"]

    tree = {"w": X, "b": 2.0}
    by_tree, by_y = tg.jacobian(fun, (0, 1))(tree, Y)
    np.testing.assert_allclose(by_tree["w"], np.diag(Y))
    np.testing.assert_allclose(by_tree["b"], np.ones(3))
    np.testing.assert_allclose(by_y, np.diag(X))
    by_tree = tg.jacobian(fun, mode="forward")(tree, Y)
    np.testing.assert_allclose(by_tree["w"], np.diag(Y))


@pytest.mark.parametrize("mode", ["auto", "reverse", "forward"])
def test_jacobians_of_several_results(mode: str) -> None:
    def fun(tree: Any, y: Any) -> Any:
        products = tree["w"] * y
        return {"products": products, "rest": (np.sum(products) * tree["b"], 7.0, np.arange(2))}

    tree = {"w": X, "b": 2.0}
    found = tg.jacobian(fun, (0, 1), mode)(tree, Y)
    parts = {
        "products": lambda out: out["products"],
        "total": lambda out: out["rest"][0],
        "constant": lambda out: out["rest"][1],
    }
    for part in parts.values():
        alone = tg.jacobian(lambda *args, part=part: part(fun(*args)), (0, 1), mode)(tree, Y)
        for one, expected in zip(tg.tree.leaves(part(found)), tg.tree.leaves(alone), strict=True):
            np.testing.assert_array_equal(one, expected)
    (integers, _) = found["rest"][2]
    assert integers["w"].dtype == np.float64
    assert integers["w"].shape == (2, 3)
    assert not integers["w"].any()


def test_hessian() -> None:
    expected = np.diag(2 * Y - np.sin(X) / (1 + Y**2))
    np.testing.assert_allclose(tg.hessian(loss)(X, Y), expected, atol=1e-15)
    (xx, xy), (yx, yy) = tg.hessian(loss, (0, 1))(X, Y)
    np.testing.assert_allclose(xx, expected, atol=1e-15)
    np.testing.assert_allclose(xy, yx.T, atol=1e-15)
    np.testing.assert_allclose(yy, tg.hessian(loss, 1)(X, Y), atol=1e-15)


def test_hessian_of_trees() -> None:
    tree = {"a": X, "b": np.array([[2.0]])}
    hessian = tg.hessian(lambda t: np.sum(t["a"] ** 2) * t["b"][0, 0] ** 3)(tree)
    np.testing.assert_allclose(hessian["a"]["a"], 2 * 8 * np.eye(3))
    np.testing.assert_allclose(hessian["a"]["b"], (2 * 12 * X).reshape(3, 1, 1))
    np.testing.assert_allclose(hessian["b"]["a"], (2 * 12 * X).reshape(1, 1, 3))
    assert hessian["b"]["b"].shape == (1, 1, 1, 1)


def test_hvp_is_the_hessian_times_a_vector() -> None:
    fun = lambda x: np.sum(np.exp(x) * x[::-1]) ** 2
    np.testing.assert_allclose(tg.hvp(fun, (X,), (Y,)), tg.hessian(fun)(X) @ Y)
    by_x, by_y = tg.hvp(loss, (X, Y), (Y, X))
    (xx, xy), (yx, yy) = tg.hessian(loss, (0, 1))(X, Y)
    np.testing.assert_allclose(by_x, xx @ Y + xy @ X)
    np.testing.assert_allclose(by_y, yx @ Y + yy @ X)


# Nesting


def test_derivatives_of_derivatives() -> None:
    cube = lambda x: x**3
    for fun in (cube, lambda x: x * x * x, lambda x: np.exp(3 * np.log(x)), lambda x: x / x**-2):
        derivative: Any = fun
        for expected in (3 * 2.0**2, 6 * 2.0, 6.0, 0.0):
            derivative = tg.grad(derivative)
            np.testing.assert_allclose(derivative(2.0), expected, atol=1e-13)


def test_many_orders() -> None:
    derivative: Any = lambda x: np.exp(-2 * x)
    for order in range(1, 7):
        derivative = tg.grad(derivative)
        np.testing.assert_allclose(derivative(0.3), (-2) ** order * np.exp(-0.6))


def along(mode: str, fun: Any) -> Any:
    """The derivative of a function of a number, by one mode."""
    if mode == "forward":
        return lambda x: tg.jvp(fun, (x,), (1.0,))[1]
    if mode == "reverse":
        return lambda x: tg.vjp(fun, x)[1](1.0)[0]
    return tg.grad(fun)


@pytest.mark.parametrize("inner", ["forward", "reverse", "grad"])
@pytest.mark.parametrize("middle", ["forward", "reverse", "grad"])
@pytest.mark.parametrize("outer", ["forward", "reverse", "grad"])
def test_modes_nest_in_every_order(inner: str, middle: str, outer: str) -> None:
    fun = lambda x: np.sin(2 * x) * np.exp(x) / (1 + x**2)
    third = along(outer, along(middle, along(inner, fun)))
    expected = tg.grad(tg.grad(tg.grad(fun)))
    np.testing.assert_allclose(third(0.7), expected(0.7), rtol=1e-12)
    tg.testing.check_grads(along(inner, fun), (0.7,), order=2)


@pytest.mark.parametrize("mode", ["forward", "reverse", "grad"])
@pytest.mark.parametrize("other", ["forward", "reverse", "grad"])
def test_perturbations_are_not_confused(mode: str, other: str) -> None:
    # d/dx x · (d/dy (x + y)) = 1; who mixes up the two perturbations gets 2.
    assert along(mode, lambda x: x * along(other, lambda y: x + y)(1.0))(1.0) == 1
    assert along(mode, lambda x: x * along(other, lambda y: x * y)(2.0))(3.0) == 6
    assert along(mode, lambda x: along(other, lambda y: x**2 * y**3)(x))(2.0) == 3 * 4 * 2**3
    constant = along(mode, lambda x: along(other, lambda y: x)(x))
    assert constant(2.0) == 0


def test_transforms_inside_functions() -> None:
    # The gradient's length, differentiated; and one step of descent, differentiated.
    energy = lambda w, x: np.sum(np.tanh(w * x) ** 2)

    def length(x: Any) -> Any:
        return np.sum(tg.grad(energy)(Y, x) ** 2)

    def after_a_step(rate: Any, w: Any) -> Any:
        return energy(w - rate * tg.grad(energy)(w, X), X)

    tg.testing.check_grads(length, (X,))
    tg.testing.check_grads(after_a_step, (0.1, Y))
    tg.testing.check_grads(lambda x: tg.jacobian(vector)(x) @ x, (X,))
    tg.testing.check_grads(lambda x: tg.jacobian(vector, mode="forward")(x) @ x, (X,))
    tg.testing.check_grads(lambda x: tg.hessian(lambda z: np.sum(z**4 * x))(x), (X,), order=1)
    tg.testing.check_grads(lambda x: tg.hvp(lambda z: np.sum(z**3 * x), (x,), (Y,)), (X,), order=1)


def test_values_of_inner_transforms_are_recorded_by_outer_ones() -> None:
    def fun(x: Any) -> Any:
        value, gradient = tg.value_and_grad(lambda z: np.sum(z**2 * x))(x)
        out, pullback = tg.vjp(np.sin, x)
        return value * np.sum(gradient) + np.sum(out * pullback(x)[0])

    tg.testing.check_grads(fun, (X,))


def test_aux_of_inner_transforms_is_recorded_by_outer_ones() -> None:
    def fun(x: Any) -> Any:
        gradient, aux = tg.grad(lambda z: (np.sum(z * x), z * x), has_aux=True)(x)
        return np.sum(gradient * aux)

    np.testing.assert_allclose(tg.grad(fun)(X), 3 * X**2)


def test_a_value_that_escapes_a_transform_is_a_constant_for_others() -> None:
    escaped: list[Any] = []

    def fun(x: Any) -> Any:
        escaped.append(x * 2)
        return np.sum(x)

    tg.grad(fun)(X)
    gradient = tg.grad(lambda x: np.sum(x * escaped[0]))(X)
    np.testing.assert_array_equal(tg.stop_gradient(gradient), 2 * X)


@pytest.mark.parametrize("name", ["grad", "vjp", "jvp", "jacobian"])
def test_a_value_that_escapes_into_an_outer_transform_is_an_error(name: str) -> None:
    def fun(x: Any) -> Any:
        escaped: list[Any] = []

        def inner(z: Any) -> Any:
            escaped.append(z * x)
            return np.sum(z)

        tg.grad(inner)(x)
        return np.sum(escaped[0] * x)

    transforms: dict[str, Callable[[], Any]] = {
        "grad": lambda: tg.grad(fun)(X),
        "vjp": lambda: tg.vjp(fun, X),
        "jvp": lambda: tg.jvp(fun, (X,), (X,)),
        "jacobian": lambda: tg.jacobian(fun)(X),
    }
    with refused(tg.GradientError, rf"tg\.{name}: .* an inner transform .*recorded.*has_aux=True"):
        transforms[name]()


# Tensors of one's own, with transforms


def test_a_function_that_closes_over_a_tensor() -> None:
    w = tg.Tensor(Y, requires_grad=True)
    gradient = tg.grad(lambda x: np.sum(x**2 * w))(X)
    assert isinstance(gradient, tg.Tensor)
    np.testing.assert_allclose(gradient.numpy(), 2 * X * Y)
    np.sum(gradient).backward()
    np.testing.assert_allclose(w.grad, 2 * X)


def test_a_tensor_as_the_argument() -> None:
    x = tg.Tensor(X, requires_grad=True)
    value, gradient = tg.value_and_grad(lambda x: np.sum(x**3))(x)
    np.testing.assert_allclose(gradient.numpy(), 3 * X**2)
    (value + np.sum(gradient)).backward()
    np.testing.assert_allclose(x.grad, 3 * X**2 + 6 * X)
    moved = tg.jvp(np.sin, (x,), (tg.Tensor(Y, requires_grad=True),))[1]
    assert moved.requires_grad


def test_constant_tensors_are_arrays() -> None:
    x, constant = tg.Tensor(X), tg.Tensor(Y)
    np.testing.assert_array_equal(np.asarray(tg.grad(lambda x: np.sum(x * constant))(x)), Y)
    assert type(tg.grad(lambda x: np.sum(x * constant))(X)) is np.ndarray
    assert type(tg.value_and_grad(lambda x: np.sum(constant) * 1.0)(X)[0]) is np.float64


# With no_grad


def test_grad_inside_no_grad_records_for_itself() -> None:
    w = tg.Tensor(Y, requires_grad=True)
    with tg.no_grad():
        np.testing.assert_allclose(tg.grad(loss)(X, Y), loss_by_x(X, Y))
        gradient = tg.grad(lambda x: np.sum(x**2 * w))(X)
        np.testing.assert_allclose(np.asarray(gradient), 2 * X * Y)
        assert tg.grad(tg.grad(lambda x: x**3))(2.0) == 12


def test_no_grad_inside_grad_is_a_constant() -> None:
    def fun(x: Any) -> Any:
        with tg.no_grad():
            scale = np.sum(x**2)
        return np.sum(x) * scale

    np.testing.assert_allclose(tg.grad(fun)(X), np.full(3, np.sum(X**2)))
    value, moved = tg.jvp(fun, (X,), (np.ones(3),))
    np.testing.assert_allclose(moved, 3 * np.sum(X**2))
    np.testing.assert_allclose(value, np.sum(X) * np.sum(X**2))


def test_grad_inside_no_grad_inside_grad() -> None:
    def fun(x: Any) -> Any:
        with tg.no_grad():
            direction = tg.grad(lambda z: np.sum(z**2 * x))(x)
        return np.sum(x * direction)

    np.testing.assert_allclose(np.asarray(tg.grad(fun)(X)), 2 * X**2)


def test_a_function_that_is_constant_under_no_grad() -> None:
    def fun(x: Any) -> Any:
        with tg.no_grad():
            return np.sum(x**2)

    value, gradient = tg.value_and_grad(fun)(X)
    assert type(value) is np.float64
    np.testing.assert_array_equal(gradient, [0, 0, 0])


# Errors inside the function


def test_an_error_inside_leaves_nothing_behind() -> None:
    def fails(x: Any) -> Any:
        with tg.no_grad():
            tg.grad(lambda z: 1 / 0)(x)

    x = tg.Tensor(X, requires_grad=True)
    for transform in (tg.grad, tg.jacobian, tg.hessian, lambda f: lambda x: tg.vjp(f, x)):
        with pytest.raises(ZeroDivisionError):
            transform(fails)(X)
    with pytest.raises(ZeroDivisionError):
        tg.grad(lambda x: np.sum(tg.grad(fails)(x)))(X)
    assert (x * 2).requires_grad
    assert x.grad is None
    np.testing.assert_allclose(tg.grad(loss)(X, Y), loss_by_x(X, Y))


# Bad input


def refused(kind: Any, message: str) -> Any:
    return pytest.raises(kind, match=message)


@pytest.mark.parametrize("transform", [tg.grad, tg.value_and_grad, tg.jacobian, tg.hessian])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, r"argument 0 is 1, of type int, and has no gradient\. Pass a float: 1\.0"),
        (True, "argument 0 is True, of type bool"),
        (np.arange(3), r"argument 0: no gradient with respect to dtype int64.*astype\(float\)"),
        (np.array([True]), "argument 0: no gradient with respect to dtype bool"),
        (np.int8(3), "dtype int8"),
        ("text", "argument 0 is of type str, not an array or a number.*argnums"),
        ({"w": [X, 1]}, r"argument 0, leaf 'w\.1' is 1, of type int"),
        ({"w": {1, 2}}, "argument 0, leaf 'w' is of type set.*register the type as a tree"),
        (np.array(["a"]), "dtype <U1"),
        (tg.Tensor([1, 2]), "dtype int64"),
    ],
)
def test_arguments_without_a_gradient(transform: Any, value: Any, message: str) -> None:
    calls: list[Any] = []
    with refused(tg.GradientError, message):
        transform(lambda x: calls.append(x))(value)
    assert not calls


@pytest.mark.parametrize("name", ["grad", "value_and_grad"])
@pytest.mark.parametrize(
    ("fun", "message"),
    [
        (lambda x: x, r"returned shape \(3,\).*single number\. Reduce it \(np\.sum, np\.mean\)"),
        (lambda x: np.sum(x, keepdims=True), r"returned shape \(1,\)"),
        (lambda x: (np.sum(x), x), r"returned \(\*, \*\), not a number.*has_aux=True"),
        (lambda x: {"loss": np.sum(x)}, r"returned \{'loss': \*\}, not a number"),
        (lambda x: None, "returned None, not a number"),
        (lambda x: np.sum(x * 1j), r"complex number \(complex128\).*real part"),
        (lambda x: np.argmax(x), "dtype int64, which has no gradient"),
        (lambda x: 1, "returned .*1.* of dtype int64"),
        (lambda x: np.sum(x) > 0, "dtype bool"),
        (lambda x: "loss", "returned .*loss.* of dtype <U4"),
    ],
)
def test_values_without_a_gradient(name: str, fun: Callable[[Any], Any], message: str) -> None:
    with refused(tg.GradientError, rf"tg\.{name}: the function.*{message[:0]}") as caught:
        getattr(tg, name)(fun)(X)
    caught.match(message)


@pytest.mark.parametrize("transform", [tg.grad, tg.value_and_grad, tg.jacobian])
def test_bad_argnums(transform: Any) -> None:
    fun = lambda x, y: np.sum(x * y)
    with refused(TypeError, r"argnums=2, but the function was called with 2 positional arguments"):
        transform(fun, 2)(X, Y)
    with refused(TypeError, r"argnums=\(0, 3\)"):
        transform(fun, (0, 3))(X, Y)
    with refused(TypeError, "called with 1 positional arguments.*passed by position"):
        transform(fun, 1)(X, y=Y)
    for twice in ((0, 0), (1, -1)):
        with refused(ValueError, r"argnums=\((0, 0|1, -1)\) names an argument twice"):
            transform(fun, twice)(X, Y)
    with refused(TypeError, "argnums"):
        transform(fun, "x")(X, Y)
    with refused(TypeError, "argnums"):
        transform(fun, 0.0)(X, Y)


def test_has_aux_wants_a_pair() -> None:
    for fun in (lambda x: np.sum(x), lambda x: (np.sum(x), 1, 2), lambda x: [np.sum(x), 1]):
        with refused(TypeError, r"grad: with has_aux=True the function returns a pair"):
            tg.grad(fun, has_aux=True)(X)


def test_bad_cotangents() -> None:
    _, pullback = tg.vjp(lambda x: {"a": x, "b": np.sum(x)}, X)
    with refused(tg.TreeError, r"tg\.vjp: cotangent: .*missing \['b'\]"):
        pullback({"a": X})
    with refused(tg.TreeError, "expected dict, found a leaf"):
        pullback(X)
    with refused(ValueError, r"tg\.vjp: cotangent has shape \(2,\); expected \(3,\)"):
        pullback({"a": np.ones(2), "b": 1.0})
    with refused(ValueError, r"cotangent is complex \(complex128\); expected float64"):
        pullback({"a": X * 1j, "b": 1.0})


def test_bad_tangents() -> None:
    with refused(ValueError, r"tg\.jvp: tangent 1 has shape \(2,\); expected \(3,\)"):
        tg.jvp(loss, (X, Y), (X, np.ones(2)))
    with refused(tg.TreeError, r"tg\.jvp: tangent 0: .*expected dict, found a leaf"):
        tg.jvp(lambda t: t["x"], ({"x": X},), (X,))
    with refused(tg.TreeError, r"tg\.jvp: 2 primals, but 1 tangents"):
        tg.jvp(loss, (X, Y), (X,))
    for primals, tangents in ((X, (X,)), ((X,), X)):
        with refused(TypeError, r"tg\.jvp: primals and tangents are tuples"):
            tg.jvp(np.sin, primals, tangents)


def test_bad_jacobians() -> None:
    with refused(ValueError, r"tg\.jacobian: mode='backward'; it is 'auto', 'reverse' or"):
        tg.jacobian(vector, mode="backward")


def test_shapes_that_do_not_fit_are_numpys_errors() -> None:
    with refused(ValueError, r"could not be broadcast together with shapes \(3,\) \(2,\)"):
        tg.grad(lambda x: np.sum(x * np.ones(2)))(X)


# Whole random programs

SHAPES = [(), (3,), (2, 3), (2, 1)]
STEPS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - 2.0 * b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (1.0 + b * b),
    "tanh": lambda a, b: np.tanh(a),
    "sin": lambda a, b: np.sin(a) - np.cos(b),
    "exp": lambda a, b: np.exp(np.tanh(a)),
    "log": lambda a, b: np.log(1.5 + np.sin(a)),
    "sqrt": lambda a, b: np.sqrt(1.0 + a**2),
    "power": lambda a, b: (1.5 + np.tanh(a)) ** np.tanh(b),
    "logaddexp": lambda a, b: np.logaddexp(a, b),
    "sum": lambda a, b: np.sum(a, axis=-1, keepdims=True) * b if a.ndim else a,
    "mean": lambda a, b: np.mean(a) + b,
    "softmax": lambda a, b: np.exp(a) / np.sum(np.exp(a)) - b,
    "var": lambda a, b: np.var(a) * b,
    "index": lambda a, b: a[..., :1] + b if a.ndim else a,
    "fancy": lambda a, b: a[..., [0, 0]].sum() + b if a.ndim else b,
    "reverse": lambda a, b: a[..., ::-1] * b if a.ndim else b,
    "reshape": lambda a, b: a.reshape(-1)[0] - b,
    "join": lambda a, b: np.sum(np.concatenate([np.ravel(a), np.ravel(b)]) ** 2),
    "stack": lambda a, b: np.sum(np.stack([a + b, a * b]), axis=0),
    "where": lambda a, b: np.where(np.arange(3) > 0, a + 0 * b, b),
    "matmul": lambda a, b: MATRIX[:, :1] @ (a + 0 * b).reshape(1, -1) / 3,
    "outer": lambda a, b: np.mean(np.outer(a, b), axis=1)[0] + a,
    "constant": lambda a, b: tg.stop_gradient(np.float64(2.0)) * a,
    "gradient": lambda a, b: tg.grad(lambda z: np.sum(np.sin(z) * z))(a * 1.0),
}  # fmt: skip


@st.composite
def programs(draw: Any) -> tuple[Callable[..., Any], tuple[np.ndarray, ...]]:
    """Draw a function of two arrays, as a list of steps that each use any earlier results."""
    numbers = st.integers(0, 100)
    steps = draw(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), numbers, numbers), max_size=8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    args = tuple(np.asarray(rng.uniform(-1, 1, draw(st.sampled_from(SHAPES)))) for _ in range(2))

    def program(*arrays: Any) -> Any:
        values = [array * 1.0 for array in arrays]
        for name, i, j in steps:
            a, b = values[-1 - i % len(values)], values[-1 - j % len(values)]
            result = STEPS[name](a, b)
            # What does not broadcast with everything else is summed up.
            fits = np.shape(result) in SHAPES
            values.append(result if fits else np.mean(result))
        return values[-1], np.sum(values[len(values) // 2])

    return program, args


@hypothesis.given(drawn=programs())
def test_random_programs(drawn: Any) -> None:
    program, args = drawn
    with np.errstate(under="ignore"):
        expected = program(*args)
        out, _ = tg.vjp(program, *args)
        for value, plain in zip(out, expected, strict=True):
            np.testing.assert_array_equal(value, plain)
            assert np.result_type(value) == np.result_type(plain)
        tg.testing.check_grads(program, args, rtol=1e-5, atol=1e-5)


@hypothesis.given(drawn=programs())
def test_random_programs_in_every_transform(drawn: Any) -> None:
    program, args = drawn
    scalar = lambda *arrays: np.sum(program(*arrays)[0] * 1.0) + program(*arrays)[1]
    gradients = tg.grad(scalar, (0, 1))(*args)
    for mode in ("reverse", "forward"):
        for found, gradient in zip(
            tg.jacobian(scalar, (0, 1), mode=mode)(*args), gradients, strict=True
        ):
            np.testing.assert_allclose(found, gradient, rtol=1e-9, atol=1e-9)
    value, moved = tg.jvp(scalar, args, gradients)
    np.testing.assert_allclose(value, scalar(*args))
    squared = sum(float(np.sum(gradient**2)) for gradient in gradients)
    np.testing.assert_allclose(moved, squared, rtol=1e-9, atol=1e-9)
    products = tg.hvp(scalar, args, gradients)
    hessian = tg.hessian(scalar, (0, 1))(*args)
    for row, product in zip(hessian, products, strict=True):
        expected = sum(
            np.tensordot(block, vector, vector.ndim)
            for block, vector in zip(row, gradients, strict=True)
        )
        np.testing.assert_allclose(product, expected, rtol=1e-8, atol=1e-8)
