"""Three hundred ordinary programs: each is differentiated rightly as it stands."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import user_programs
from expressions import Program
from test_expressions import check_refused, weighted

import tinygrad_np as tg
import tinygrad_np.numpy

MATH, SAMPLE = "tinygrad_np.math", r"x\[rng.choice"
NO_ARRAY, NO_FILL, NO_ADD = r"np.stack\(|np.block\(", r"np.zeros_like\(x, shape=", "y = y \\+ x"

# What the drop-in for NumPy does not reach: Python's math.
WITH_MATH = """
    black_scholes_call euler_to_matrix haversine_math projectile_height weighted_std
"""
REFUSED_DROP_IN = dict.fromkeys(WITH_MATH.split(), MATH)

# What needs the drop-in: arrays made of numbers that are recorded, or that these are written into.
BY_CAUSE = {
    NO_ARRAY: """
        acf_lags asian_option_paths bezier_curve bicycle_model bollinger_bands bootstrap_zero_curve
        centroid_photometry chain_of_products conv_im2col denavit_hartenberg diversity_indices
        equatorial_to_galactic fresnel_coefficients generalized_advantage geodetic_to_ecef
        gmm_log_likelihood gram_schmidt gru_states heat_equation_history henon_heiles_verlet
        hmm_forward invariant_masses inverse_kinematics ising_transfer_matrix jukes_cantor
        kalman_filter kmeans_step lattice_boltzmann_step leslie_growth_rate logistic_map
        lorenz_trajectory lotka_volterra lowess lqr_gain max_pool_naive michaelis_menten_rk4
        newton_divided_differences one_compartment_oral orbital_elements ordinary_kriging
        partition_function pendulum_rk4 planar_arm principal_stresses quaternion_multiply
        qubit_expectation r_squared ray_transfer resistor_ladder rms_and_crest rotation_matrix_xyz
        seir_final_size smooth_window thin_film_reflectance two_qubit_circuit value_at_risk
        value_iteration vasicek_paths vectorized_scalar_function
    """,
    NO_FILL: """
        bray_curtis consecutive_reactions conv2d_loops conv_forward_naive coupled_oscillators
        dynamic_time_warping ewma gaussian_overlap harris_response hodgkin_huxley iir_filter
        kalman_scalar lasso_coordinate_descent leaky_integrate_and_fire lms_filter lorentz_boost
        natural_cubic_spline pendulum_euler_cromer schrodinger_levels sir_model
    """,
    SAMPLE: "bootstrap_mean_std",
    NO_ADD: "electric_field finite_elements_1d inertia_tensor kde truss_displacements",
}
REFUSED_PLAIN = REFUSED_DROP_IN | {
    name: why for why, names in BY_CAUSE.items() for name in names.split()
}


def loaded(numpy: Any) -> dict[str, Callable[..., Any]]:
    """The programs, with the NumPy that they use exchanged."""
    path = user_programs.__file__
    spec = importlib.util.spec_from_file_location("user_programs_through_another", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.np = numpy  # type: ignore[attr-defined]
    return {fun.__name__: fun for fun, _ in module.PROGRAMS}


PLAIN = {fun.__name__: fun for fun, _ in user_programs.PROGRAMS}
DROP_IN = loaded(tinygrad_np.numpy)
INPUTS = {fun.__name__: inputs for fun, inputs in user_programs.PROGRAMS}


def is_differentiable(value: Any) -> bool:
    return np.asarray(value).dtype.kind == "f"


def given(name: str, dtype: Any = np.float64) -> list[Any]:
    """Those inputs of a program that are differentiated by, of their own."""
    return [np.array(x, dtype)[()] for x in INPUTS[name] if is_differentiable(x)]


def program(name: str, fun: Callable[..., Any]) -> Program:
    """The program as a function of these inputs alone."""

    def of_floats(*floats: Any) -> Any:
        left = iter(floats)
        return fun(*[next(left) if is_differentiable(x) else x for x in INPUTS[name]])

    return Program(of_floats, tuple(given(name)), None, None, None)


def directions(name: str) -> list[Any]:
    """A change of each input, in proportion to it."""
    rng = np.random.default_rng(0)
    changes = []
    for x in given(name):
        scale = np.maximum(np.abs(x), 0.01 * np.max(np.abs(x)))
        changes.append((rng.uniform(0.5, 1.5, x.shape) * rng.choice([-1, 1], x.shape) * scale)[()])
    return changes


def slope_of(name: str) -> Any:
    """The slope along these directions, by central differences of fourth order."""
    total = weighted(program(name, PLAIN[name]))

    def moved(shift: float) -> Any:
        return total(*[x + shift * t for x, t in zip(given(name), directions(name))])

    step = 1e-4
    return (moved(-2 * step) - 8 * moved(-step) + 8 * moved(step) - moved(2 * step)) / (12 * step)


@pytest.fixture(autouse=True)
def _legacy_state() -> Iterator[None]:
    """Some programs seed NumPy's global generator."""
    state = np.random.get_state()  # noqa: NPY002 - what the programs draw from is put back
    yield
    np.random.set_state(state)  # noqa: NPY002 - as above


def check(name: str, fun: Callable[..., Any], dtype: Any, rtol: float) -> None:
    """Check value, gradient and forward mode; the slope catches a wrong element of the gradient."""
    total = weighted(program(name, fun))
    inputs, tangents = given(name, dtype), [t.astype(dtype) for t in directions(name)]
    value, gradients = tg.value_and_grad(total, tuple(range(len(inputs))))(*inputs)
    expected = weighted(program(name, PLAIN[name]))(*given(name))
    np.testing.assert_allclose(value, expected, rtol=rtol)
    parts = [np.sum(np.float64(g) * t) for g, t in zip(gradients, tangents)]
    size = max(float(np.sum(np.abs(parts))), 1e-4 * abs(float(expected)))
    np.testing.assert_allclose(np.sum(parts), slope_of(name), rtol=0, atol=10 * rtol * size)
    for gradient, x in zip(gradients, given(name)):
        assert gradient.dtype == dtype
        assert gradient.shape == x.shape
    _, slope = tg.jvp(total, tuple(given(name, dtype)), tuple(tangents))
    np.testing.assert_allclose(slope, np.sum(parts), rtol=0, atol=rtol * size)


@pytest.mark.parametrize("name", PLAIN)
def test_as_it_stands(name: str) -> None:
    check(name, PLAIN[name], np.float64, 1e-7)


@pytest.mark.parametrize("name", PLAIN)
def test_in_float32(name: str) -> None:
    check(name, PLAIN[name], np.float32, 1e-3)


@pytest.mark.usefixtures("plain_numpy")
@pytest.mark.parametrize("name", PLAIN)
def test_through_plain_numpy(name: str) -> None:
    if name in REFUSED_PLAIN:
        check_refused(program(name, PLAIN[name]), REFUSED_PLAIN[name])
    else:
        check(name, PLAIN[name], np.float64, 1e-7)


@pytest.mark.usefixtures("plain_numpy")
@pytest.mark.parametrize("name", PLAIN)
def test_through_the_drop_in(name: str) -> None:
    if name in REFUSED_DROP_IN:
        check_refused(program(name, DROP_IN[name]), REFUSED_DROP_IN[name])
    else:
        check(name, DROP_IN[name], np.float64, 1e-7)


def test_the_lists_name_programs() -> None:
    assert set(REFUSED_PLAIN) <= set(PLAIN)
    assert len(PLAIN) == 300
