"""What users of other libraries reported as wrong, missing or NaN: here it is right.

Each report is a small program, in plain NumPy and with the drop-in. It names where it was reported:
to HIPS autograd, JAX, PyTorch, MyGrad, TensorFlow, MXNet or ForwardDiff, with the issue's number.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy
import pytest

import tinygrad_np as tg
import tinygrad_np.numpy as drop_in

REPORTS: dict[str, Callable[[Any], None]] = {}
agree = numpy.testing.assert_allclose
check = tg.testing.check_grads


def report(source: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    def keep(program: Callable[[Any], None]) -> Callable[[Any], None]:
        REPORTS[f"{source}: {program.__name__}"] = program
        return program

    return keep


@pytest.mark.parametrize("np", [numpy, drop_in], ids=["numpy", "drop-in"])
@pytest.mark.parametrize("name", REPORTS)
def test_report(name: str, np: ModuleType) -> None:
    with numpy.errstate(all="ignore"):
        REPORTS[name](np)


def draw(*shape: int) -> numpy.ndarray:
    return numpy.random.default_rng(0).standard_normal(shape)


def slope(fun: Callable[[Any], Any], x: Any) -> Any:
    return tg.jvp(fun, (x,), (numpy.ones_like(x),))[1]


def second_derivatives(fun: Callable[[Any], Any], x: Any) -> list[Any]:
    """By the four compositions of the two modes."""
    return [
        tg.grad(tg.grad(fun))(x),
        slope(tg.grad(fun), x),
        tg.grad(lambda x: slope(fun, x))(x),
        slope(lambda x: slope(fun, x), x),
    ]


# Products of arrays


@report("autograd 242")
def einsum_that_sums_two_axes_alone(np: Any) -> None:
    check(lambda x: np.einsum("abcd->bd", x) ** 2, (draw(3, 2, 3, 2),))


@report("autograd 376")
def einsum_over_an_index_of_lengths_2_and_1(np: Any) -> None:
    x, y = numpy.array([2.0, 3.0]), numpy.array([5.0])
    by_x, by_y = tg.grad(lambda x, y: np.einsum("i, i", x, y), (0, 1))(x, y)
    agree(by_x, [5, 5])
    agree(by_y, [5])


@report("autograd 114")
def einsum_with_an_ellipsis_of_two_axes_in_one_operand(np: Any) -> None:
    check(lambda a, b: np.einsum("i...,i->...", a, b), (draw(3, 2, 2), draw(3)))


@report("autograd 446")
def tensordot_over_axes_in_another_order(np: Any) -> None:
    contracted = lambda a, b: np.tensordot(a, b, axes=([2, -3], [0, 1]))
    check(contracted, (draw(2, 3, 4), draw(4, 2, 3)))


@report("autograd 209")
def kron_of_vectors(np: Any) -> None:
    check(lambda x: np.kron(x[:2], x[2:]), (draw(4),))


@report("autograd 210")
def outer_products_through_ix_(np: Any) -> None:
    def tensor(a: Any, b: Any, c: Any) -> Any:
        parts = [np.ix_(a[:, k], b[:, k], c[:, k]) for k in range(2)]
        return sum(x * y * z for x, y, z in parts)

    check(tensor, (draw(2, 2), draw(3, 2), draw(4, 2)))


# Choosing and filling


@report("autograd 36")
def select_by_a_condition_of_no_axes(np: Any) -> None:
    energy = lambda x: np.select([numpy.array(True)], [x[0] * np.log(x[1] ** x[1])])
    x = numpy.array([300.0, 0.5])
    agree(tg.grad(energy)(x), [0.5 * numpy.log(0.5), 300 * (numpy.log(0.5) + 1)])


@report("autograd 159")
def softplus_written_into_a_copy_by_masks(np: Any) -> None:
    def softplus(x: Any) -> Any:
        result = np.copy(x)
        low, middle = x <= -36.8, np.logical_and(x > -36.8, x < 34)
        result[low] = 0
        result[middle] = np.log(1 + np.exp(x[middle]))
        return result

    x = numpy.array([-50.0, -1.0, 2.0, 40.0])
    middle = 1 / (1 + numpy.exp(-x[1:3]))
    agree(tg.grad(lambda x: np.sum(softplus(x)))(x), [0, *middle, 1])


@report("autograd 802")
def where_beside_the_square_root_of_a_negative_number(np: Any) -> None:
    fun = lambda x: np.where(x >= 0, x, np.sqrt(-x))
    agree([tg.grad(fun)(1.0), slope(fun, 1.0), tg.jacobian(fun)(1.0)], 1)
    agree([tg.grad(fun)(-4.0), slope(fun, -4.0)], -0.25)


@report("autograd 810")
def reductions_of_what_a_mask_leaves(np: Any) -> None:
    x, mask = numpy.array([1.0, 2.0, 0.5, 4.0]), numpy.array([True, False, True, True])
    for reduction in (np.sum, np.mean, np.prod, np.var, np.std):
        check(lambda x, reduction=reduction: reduction(x, where=mask), (x,))
        assert tg.grad(lambda x, reduction=reduction: reduction(x, where=mask))(x)[1] == 0


@report("PyTorch 1011")
def masked_copy_of_an_array_of_full_size(np: Any) -> None:
    mask = numpy.array([True, True, False, True])

    def copied(x: Any, y: Any) -> Any:
        z = np.copy(x)
        z[mask] = (2 * y)[mask]
        return np.sum(z)

    by_x, by_y = tg.grad(copied, (0, 1))(draw(4), draw(4))
    agree(by_x, [0, 0, 1, 0])
    agree(by_y, [2, 2, 0, 2])


@report("PyTorch 140802")
def mask_of_two_axes_and_a_slice_in_one_assignment(np: Any) -> None:
    mask = numpy.array([[True, True, False], [True, False, True]])

    def filled(y: Any) -> Any:
        x = np.zeros_like(y, shape=(2, 3, 2, 4))
        x[mask, :, :3] = y[mask]
        return x**2

    check(filled, (draw(2, 3, 2, 3),))


@report("PyTorch 146299")
def place_that_is_written_twice(np: Any) -> None:
    def written(x: Any, values: Any) -> Any:
        y = np.copy(x)
        y[numpy.array([0, 0])] = values
        return np.sum(y)

    by_x, by_values = tg.grad(written, (0, 1))(numpy.zeros(1), numpy.array([1.0, 2.0]))
    agree(by_x, [0])
    agree(by_values, [0, 1])


@report("PyTorch 5871")
def slice_of_a_result_that_is_added_to(np: Any) -> None:
    def added(a: Any, b: Any) -> Any:
        y = a + 1
        y[1:2] += b
        return np.sum(y * numpy.array([2.0, 3.0]))

    by_a, by_b = tg.grad(added, (0, 1))(numpy.ones(2), numpy.ones(1))
    agree(by_a, [2, 3])
    agree(by_b, [3])


@report("PyTorch 8874")
def view_of_an_array_that_is_written_afterwards(np: Any) -> None:
    def viewed(x: Any) -> Any:
        y = np.copy(x)
        tail = y[2:]
        y[3] *= 5
        return np.sum(tail)

    agree(tg.grad(viewed)(numpy.ones(4)), [0, 0, 1, 5])


@report("PyTorch 183986")
def broadcast_view_is_not_written_into(np: Any) -> None:
    def written(x: Any) -> Any:
        y = np.broadcast_to(x, (4, 3))
        y[0] = 0
        return np.sum(y)

    with pytest.raises((ValueError, tg.GradientError), match=r"copy|read-only"):
        tg.grad(written)(numpy.ones(3))


@report("MXNet 17893")
def where_by_integers_with_a_number(np: Any) -> None:
    chosen = lambda x: np.sum(np.where(numpy.array([1, 0, 1]), x, -1))
    agree(tg.grad(chosen)(numpy.array([2.0, 3.0, 4.0])), [1, 0, 1])


# Poles, zeros and numbers that overflow


@report("JAX 6024")
def odd_fractional_power_of_negative_numbers(np: Any) -> None:
    x = numpy.array([-2.0, -0.5, 0.5, 2.0])
    for power in (
        lambda x: np.where(x < 0, -np.power(-x, 1.5), np.power(x, 1.5)),
        lambda x: np.sign(x) * np.abs(x) ** 1.5,
    ):
        agree(tg.grad(lambda x, power=power: np.sum(power(x)))(x), 1.5 * numpy.abs(x) ** 0.5)
        agree(slope(power, x), 1.5 * numpy.abs(x) ** 0.5)


@report("JAX 20574")
def powers_0_and_1_of_zero_have_no_curvature(np: Any) -> None:
    powers = lambda x: x ** numpy.array([0, 1])
    for mode in ("reverse", "forward"):
        first = tg.jacobian(powers, mode=mode)
        curvature = tg.jacobian(first, mode=mode)(numpy.array([10.0, 0.0]))
        agree(curvature, numpy.zeros((2, 2, 2)))


@report("JAX 4900")
def nan_in_one_base_stays_in_its_place(np: Any) -> None:
    base = numpy.array([1.0, 2.0, numpy.nan])
    for inner in ("reverse", "forward"):
        first = tg.jacobian(lambda t: base**t, mode=inner)
        for outer in ("reverse", "forward"):
            found = tg.jacobian(first, mode=outer)(1.0)
            agree(found[:2], [0, 2 * numpy.log(2) ** 2], atol=1e-15)


@report("JAX 18562")
def pairwise_potential_with_a_cutoff_has_a_hessian(np: Any) -> None:
    def energy(points: Any) -> Any:
        distance = np.sqrt(np.sum((points[:, None] - points[None]) ** 2, axis=-1))
        pair = np.where(distance > 0.8, distance**-12 - distance**-6, 1 - distance**2)
        return np.sum(np.triu(np.where(distance > 2.5, 0.0, pair), 1))

    def by_pairs(points: Any) -> Any:
        total = 0.0
        for i in range(3):
            for j in range(i + 1, 3):
                distance = np.linalg.norm(points[i] - points[j])
                total = total + (distance**-12 - distance**-6 if distance < 2.5 else 0.0)
        return total

    points = numpy.array([[0.0, 0.0], [1.1, 0.0], [3.0, 3.0]])
    agree(tg.hessian(energy)(points), tg.hessian(by_pairs)(points), rtol=1e-10, atol=1e-12)


@report("PyTorch 37154")
def distances_of_points_that_coincide(np: Any) -> None:
    points = draw(4, 3)
    points[1] = points[0]
    apart = lambda x: x[:, None] - x[None]
    by_sqrt = tg.grad(lambda x: np.sum(np.sqrt(np.sum(apart(x) ** 2, axis=-1))))(points)
    by_norm = tg.grad(lambda x: np.sum(np.linalg.norm(apart(x), axis=-1)))(points)
    agree(by_sqrt, by_norm, rtol=1e-12, atol=1e-15)


@report("JAX 39799")
def square_root_of_the_smallest_number(np: Any) -> None:
    agree(tg.grad(np.sqrt)(5e-324), 0.5 / numpy.sqrt(5e-324))


@report("JAX 13600")
def maximum_beside_minus_infinity(np: Any) -> None:
    chosen = lambda x: np.max(np.where(numpy.array([True, False]), x**2, -numpy.inf))
    agree(tg.grad(chosen)(numpy.array([2.0, 1.0])), [4, 0])


@report("ForwardDiff 287")
def logarithm_behind_a_floor_whose_inverse_squared_overflows(np: Any) -> None:
    floor = numpy.float32(1e-20)
    gradient = tg.grad(lambda x: np.log(1 / np.maximum(floor, x[0])))(numpy.zeros(1, "f"))
    agree(gradient, [0])


@report("PyTorch 193040")
def arctan2_of_small_and_large_numbers_of_half_precision(np: Any) -> None:
    for size in (2e-3, 1e-4, 200.0):
        a = numpy.float16(size)
        by_y, by_x = tg.grad(np.arctan2, (0, 1))(a, a)
        agree([by_y * a, by_x * a], [0.5, -0.5], rtol=0.03)
        assert by_y.dtype == numpy.float16


@report("JAX 37909")
def curvature_of_a_constant_ratio_in_half_precision(np: Any) -> None:
    ratio = lambda x: 1 / (x / np.arctan2(x, x) / 2)
    x = numpy.float16(-0.12)
    agree(tg.hessian(ratio)(x), tg.hessian(ratio)(float(x)), rtol=0.01)


@report("PyTorch 196704")
def curvature_of_logaddexp_of_numbers_far_apart(np: Any) -> None:
    for function in (np.logaddexp, np.logaddexp2):
        agree(second_derivatives(lambda t, f=function: f(t + 2, -3 * t), -800.0), 0)


@report("JAX 8247")
def nan_to_num_of_a_pole(np: Any) -> None:
    divisors = numpy.array([-0.5, 0.0, 0.25])
    gradient = tg.grad(lambda x: np.sum(np.nan_to_num(x / divisors, posinf=0)))(2.0)
    agree(gradient, 2)


@report("JAX 7894")
def nanpercentile_of_a_nanmean(np: Any) -> None:
    def low(x: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            means = np.nanmean(x, axis=0, keepdims=True)
            return np.sum(np.nanpercentile(means, 10, axis=1))

    x = numpy.array([[5.5, 6.25, 5.5, 7.25, numpy.nan]] * 2)
    value, gradient = tg.value_and_grad(low)(x)
    assert value == 5.5
    agree(numpy.sum(gradient), 1)
    agree(gradient[:, 4], 0)


# Second derivatives, in all compositions of the modes


@report("PyTorch 196696")
def determinant_is_a_polynomial(np: Any) -> None:
    def fun(t: Any) -> Any:
        return np.linalg.det(np.stack([t + 2, t * 0 + 1, t * 0 + 1, 2 * t + 3]).reshape(2, 2))

    agree(second_derivatives(fun, 0.7), 4)


@report("PyTorch 196697")
def logarithm_of_a_determinant(np: Any) -> None:
    def fun(t: Any) -> Any:
        return np.linalg.slogdet(np.stack([t + 2, t * 0 + 1, t * 0 + 1, t * 0 + 3]).reshape(2, 2))[
            1
        ]

    agree(second_derivatives(fun, 0.7), -9 / 7.1**2)


@report("PyTorch 192540")
def solution_of_equations(np: Any) -> None:
    def fun(t: Any) -> Any:
        a = np.stack([t + 2, t * 0 + 1, t * 0 + 1, t * 0 + 3]).reshape(2, 2)
        return np.sum(np.linalg.solve(a, np.stack([t**2, t])))

    found = second_derivatives(fun, 0.7)
    agree(found, found[0])
    check(fun, (0.7,))


@report("PyTorch 196682")
def inverse_made_of_a_triangular_factor(np: Any) -> None:
    def fun(t: Any) -> Any:
        factor = np.stack([t + 1, t * 0, t * 0 + 1, t * 0 + 2]).reshape(2, 2)
        return np.sum(np.linalg.inv(factor @ factor.T))

    a = 1.7
    expected = -5 / (2 * a**3) + 1 / (2 * a**2)
    agree([tg.grad(fun)(0.7), slope(fun, 0.7)], expected)


@report("PyTorch 196700")
def normalized_pair(np: Any) -> None:
    def fun(t: Any) -> Any:
        x = np.stack([t, t * 0])
        return np.sum((x - np.mean(x)) / np.sqrt(np.var(x) + 0.25) * numpy.array([1.0, 2.0]))

    # The sum is -t / sqrt(1 + t²).
    agree(second_derivatives(fun, 0.7), 3 * 0.7 / (1 + 0.7**2) ** 2.5)


@report("PyTorch 196703")
def sinc_at_zero_among_others(np: Any) -> None:
    def fun(t: Any) -> Any:
        y = np.sinc(np.stack([t, 2 * t + 1, 2 - t / 2]))
        return 2 * y[0] - 3 * y[1] + 5 * y[2]

    agree(second_derivatives(fun, -0.5), 35.56404073668897)


@report("PyTorch 197867")
def op_of_ones_own_inside_itself(np: Any) -> None:
    @tg.custom_op
    def square(x: Any) -> Any:
        return x * x

    square.defvjp(lambda g, out, x: 2 * x * g)
    square.defjvp(lambda t, out, x: 2 * x * t)
    fourth = lambda x: square(square(x))
    agree(second_derivatives(fourth, 3.0), 108)
    agree(slope(lambda x: slope(lambda x: slope(fourth, x), x), 3.0), 72)


# Linear algebra


@report("JAX 40185")
def curvature_of_small_singular_values_in_single_precision(np: Any) -> None:
    total = lambda a: np.sum(np.linalg.svd(a, compute_uv=False))
    a = numpy.array([[4, 1, 0], [1, 3, 1], [0, 1, 2]], numpy.float32)
    small = numpy.float32(1e-20)
    curvature = tg.hessian(total)(a * small)
    agree(curvature * small, tg.hessian(total)(a), rtol=1e-3, atol=1e-5)


@report("JAX 40141")
def eigenvectors_of_large_eigenvalues_close_together(np: Any) -> None:
    a = numpy.diag(numpy.array([2**24, 2**24 + 2, 2**24 + 4], numpy.float32))
    for mode in ("reverse", "forward"):
        turned = tg.jacobian(lambda a: np.linalg.eigh(a)[1], mode=mode)(a)
        agree(numpy.max(numpy.abs(turned[:, :2])), 0.5)


@report("JAX 1383")
def third_derivative_of_what_eigenvectors_rebuild(np: Any) -> None:
    def rebuilt(a: Any) -> Any:
        w, v = np.linalg.eigh((a + a.T) / 2)
        return (v * w) @ v.T

    third: Any = rebuilt
    for _ in range(3):
        third = tg.jacobian(third, mode="forward")
    agree(third(numpy.array([[2.0, 0.5], [0.5, 1.0]])), 0, atol=1e-12)


@report("autograd 418")
def eigenvalues_of_a_matrix_of_ones_and_a_shift(np: Any) -> None:
    shifted = lambda x: np.sum(np.linalg.eigvalsh(numpy.ones((10, 10)) + x))
    agree(tg.grad(shifted)(0.5), 10)


@report("PyTorch 104675")
def determinant_of_a_singular_matrix(np: Any) -> None:
    gradient = tg.grad(np.linalg.det)(numpy.array([[0.0, 1.0], [0.0, 1.0]]))
    agree(gradient, [[1, 0], [-1, 0]], atol=1e-15)


@report("PyTorch 22807")
def logarithm_of_a_determinant_by_two_ways(np: Any) -> None:
    a = draw(4, 4)
    a = a @ a.T + numpy.eye(4)
    by_factor = lambda a: 2 * np.sum(np.log(np.diagonal(np.linalg.cholesky(a))))
    by_values = lambda a: np.sum(np.log(np.linalg.eigvalsh(a)))
    agree(tg.grad(by_factor)(a), tg.grad(by_values)(a), atol=1e-14)


@report("JAX 354")
def gradient_of_a_batch_of_cholesky_factors(np: Any) -> None:
    factor = lambda a: np.linalg.cholesky(a @ a.T + numpy.eye(3))
    check(lambda a: tg.vmap(factor)(a), (draw(2, 3, 3),))


# Complex numbers


@report("autograd 27")
def real_argument_of_a_complex_exponential(np: Any) -> None:
    x = numpy.arange(4.0)
    gradient = tg.grad(lambda x: np.sum(np.imag(np.exp(1j * x))))(x)
    assert gradient.dtype == float
    agree(gradient, numpy.cos(x))


@report("PyTorch 53511")
def products_of_complex_numbers_with_a_zero(np: Any) -> None:
    z = draw(3) + 1j * draw(3)[::-1]
    z[1] = 0
    check(np.prod, (z,))
    check(np.cumprod, (z,))


@report("PyTorch 75781")
def inverse_transform_of_real_numbers(np: Any) -> None:
    gradient = tg.grad(lambda x: np.sum(np.fft.irfft(x) ** 2))(draw(8))
    assert gradient.dtype == float
    check(np.fft.irfft, (draw(8),))


# Shapes


@report("PyTorch 15223")
def sums_with_an_axis_of_no_elements(np: Any) -> None:
    gradient = tg.grad(lambda x: np.sum(numpy.zeros((4, 0)) + x[:, None]))(numpy.ones(4))
    agree(gradient, numpy.zeros(4))


@report("PyTorch 45201")
def tiled_and_repeated_no_times(np: Any) -> None:
    agree(tg.grad(lambda x: np.sum(np.tile(x, 0)))(numpy.ones(3)), numpy.zeros(3))
    agree(tg.grad(lambda x: np.sum(np.repeat(x, 0)))(numpy.ones(3)), numpy.zeros(3))


@report("PyTorch 53407")
def derivatives_by_no_elements(np: Any) -> None:
    assert tg.jacobian(np.square)(numpy.ones((0, 2))).shape == (0, 2, 0, 2)
    assert tg.hessian(lambda x: np.sum(x**2))(numpy.ones((0, 2))).shape == (0, 2, 0, 2)


@report("JAX 6452")
def number_that_a_batched_function_closes_over(np: Any) -> None:
    def total(z: Any) -> Any:
        return np.sum(tg.vmap(lambda y: np.logaddexp(z, np.sum(y) + z))(numpy.ones((3, 2))))

    gradient = tg.grad(total)(0.1)
    assert numpy.shape(gradient) == ()
    agree(gradient, 3)


@report("PyTorch 188084")
def batch_of_gradients_through_stacked_columns(np: Any) -> None:
    def chosen(x: Any) -> Any:
        columns = np.stack([x[..., k] for k in range(4)], axis=-1)
        return np.sum(np.take(columns, numpy.array([0, 2]), axis=-1) * numpy.array([1.0, -1.0]))

    agree(tg.vmap(tg.grad(chosen))(draw(3, 4)), numpy.tile([1, 0, -1, 0], (3, 1)))
