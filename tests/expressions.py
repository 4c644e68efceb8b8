"""Programs as people write them with NumPy, each a function with inputs to differentiate it by.

`test_expressions.py` runs them as they stand, through plain NumPy, and with the line that imports
NumPy exchanged through `tinygrad_np.numpy`. ``plain`` is what the message of the error says where
NumPy's protocols cannot reach; ``dropin`` the same where the drop-in refuses too; ``unchanged``
where nothing helps.
"""

from __future__ import annotations

import functools
import itertools
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Program:
    """A function, its inputs, and what is expected instead of a derivative, if anything."""

    fun: Callable[..., Any]
    inputs: tuple[Any, ...]
    plain: str | None
    dropin: str | None
    unchanged: str | None

    @property
    def name(self) -> str:
        return self.fun.__name__


PROGRAMS: list[Program] = []

NO_ARRAY = "np.stack"
NO_FILL = "np.zeros_like"


def on(
    *inputs: Any,
    plain: str | None = None,
    dropin: str | None = None,
    unchanged: str | None = None,
) -> Any:
    """Register a program; an input is a shape, to be drawn, or a function that draws it."""

    def register(fun: Any) -> Any:
        rng = np.random.default_rng(zlib.crc32(fun.__name__.encode()))
        drawn = [one(rng) if callable(one) else rng.standard_normal(one) for one in inputs]
        messages = (plain or dropin or unchanged, dropin or unchanged, unchanged)
        PROGRAMS.append(Program(fun, tuple(drawn), *messages))
        return fun

    return register


def between(low: float, high: float, *shape: int) -> Any:
    return lambda rng: rng.uniform(low, high, shape)


def positive(*shape: int) -> Any:
    return between(0.5, 2.0, *shape)


def unit(*shape: int) -> Any:
    return between(0.1, 0.9, *shape)


def spd(n: int) -> Any:
    """A symmetric positive definite matrix."""

    def draw(rng: Any) -> Any:
        a = rng.standard_normal((n, n))
        return a @ a.T + n * np.eye(n)

    return draw


def rising(n: int) -> Any:
    """Numbers of which each is well above the one before."""
    return lambda rng: np.cumsum(rng.uniform(0.3, 1.0, n))


def apart(*shape: int) -> Any:
    """Numbers in random order of which no two are close."""

    def draw(rng: Any) -> Any:
        size = math.prod(shape)
        values = rng.permutation(size) * 0.5 - size / 5 + rng.uniform(-0.1, 0.1, size)
        return values.reshape(shape)

    return draw


def just(value: Any) -> Any:
    return lambda rng: np.array(value, dtype=float)


# Formulas of one line


@on(4)
def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@on(4)
def tanh_by_hand(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


@on(4)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


@on(4)
def swish(x, beta=1.5):
    return x / (1 + np.exp(-beta * x))


@on(4)
def softplus(x):
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


@on(4)
def mish(x):
    return x * np.tanh(np.logaddexp(x, 0))


@on(5)
def gaussian(x):
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


@on(5)
def lorentzian(x):
    return 1.0 / np.pi * 0.5 / ((x - 0.3) ** 2 + 0.25)


@on(3, (), ())
def pseudo_voigt(x, eta, width):
    s = np.exp(width)
    mix = 1 / (1 + np.exp(-eta))
    return mix / (1 + (x / s) ** 2) + (1 - mix) * np.exp(-np.log(2) * (x / s) ** 2)


@on((), ())
def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


@on(6)
def rosenbrock_of_many(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0)


@on(5)
def rastrigin(x):
    return 10 * len(x) + np.sum(x**2 - 10 * np.cos(2 * np.pi * x))


@on(5)
def ackley(x):
    a = -20 * np.exp(-0.2 * np.sqrt(np.mean(x**2)))
    return a - np.exp(np.mean(np.cos(2 * np.pi * x))) + 20 + np.e


@on(2)
def himmelblau(p):
    x, y = p
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


@on(4)
def styblinski_tang(x):
    return 0.5 * np.sum(np.power(x, 4) - 16 * np.square(x) + 5 * x)


@on(3)
def griewank(x):
    return 1 + np.sum(x**2) / 4000 - np.prod(np.cos(x / np.sqrt(np.arange(1, len(x) + 1))))


@on(positive(), positive())
def arithmetic_geometric_mean(a, b):
    for _ in range(5):
        a, b = (a + b) / 2, np.sqrt(a * b)
    return a


@on(positive())
def newton_square_root(a):
    x = a
    for _ in range(8):
        x = 0.5 * (x + a / x)
    return x


@on(unit())
def kepler_equation(mean_anomaly):
    anomaly = mean_anomaly
    for _ in range(10):
        anomaly = anomaly - (anomaly - 0.3 * np.sin(anomaly) - mean_anomaly) / (
            1 - 0.3 * np.cos(anomaly)
        )
    return anomaly


@on(())
def bisected_by_hand(a):
    low, high = 0.0, 4.0
    for _ in range(30):
        middle = (low + high) / 2
        if middle**3 + middle > 2.0:
            high = middle
        else:
            low = middle
    # One step of Newton's method makes the root depend on a.
    return low - (low**3 + low - 2.0 * np.exp(a)) / (3 * low**2 + 1)


@on(())
def exponential_series(x):
    term, total = 1.0, 1.0
    for n in range(1, 20):
        term = term * x / n
        total = total + term
    return total


@on(())
def sine_series(x):
    return sum((-1) ** k * x ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(10))


@on(unit())
def continued_fraction(x):
    value = x * 0 + 1
    for n in range(10, 0, -1):
        value = 1 + n * x / value
    return value


@on(unit())
def logistic_map(x):
    for _ in range(6):
        x = 3.2 * x * (1 - x)
    return x


@on(5)
def erf_by_a_rational_approximation(x):
    t = 1 / (1 + 0.47047 * np.abs(x))
    series = 0.3480242 * t - 0.0958798 * t**2 + 0.7478556 * t**3
    return np.sign(x) * (1 - series * np.exp(-(x**2)))


@on(positive(4))
def stirling(n):
    return n * np.log(n) - n + 0.5 * np.log(2 * np.pi * n) + 1 / (12 * n)


@on(positive(3))
def lanczos_gamma(z):
    coefficients = [676.5203681218851, -1259.1392167224028, 771.32342877765313]
    total = 0.99999999999980993
    for i, c in enumerate(coefficients):
        total = total + c / (z + i + 1)
    t = z + 7.5
    return np.sqrt(2 * np.pi) * t ** (z + 0.5) * np.exp(-t) * total


@on(4)
def degrees_and_radians(x):
    return np.rad2deg(np.arctan(x)) + np.deg2rad(x) + np.degrees(x) + np.radians(x)


@on(positive(3), positive(3))
def haversine(a, b):
    lat1, lon1, _ = a
    lat2, lon2, _ = b
    h = np.sin((lat2 - lat1) / 2) ** 2
    h = h + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371 * np.arcsin(np.sqrt(h))


@on(3)
def polar_and_back(v):
    r = np.hypot(v[0], v[1])
    phi = np.arctan2(v[1], v[0])
    return r * np.cos(phi - 0.2) + r * np.sin(phi + 0.1) * v[2]


@on(unit(4), unit(4))
def relativistic_addition(u, v):
    gamma = 1 / np.sqrt(1 - u**2)
    return (u + v) / (1 + u * v) * gamma


@on(positive(), positive(), positive(), unit())
def black_scholes(spot, strike, time, volatility):
    def cdf(z):
        return 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))

    d1 = (np.log(spot / strike) + (0.05 + volatility**2 / 2) * time) / (volatility * np.sqrt(time))
    d2 = d1 - volatility * np.sqrt(time)
    return spot * cdf(d1) - strike * np.exp(-0.05 * time) * cdf(d2)


@on(positive())
def bond_price(rate):
    years = np.arange(1, 11)
    return np.sum(5.0 / (1 + rate) ** years) + 100 / (1 + rate) ** 10


@on(positive(5))
def herfindahl(shares):
    shares = shares / shares.sum()
    return (shares**2).sum()


@on(positive(6))
def gini(incomes):
    incomes = np.sort(incomes)
    n = incomes.size
    index = np.arange(1, n + 1)
    return np.sum((2 * index - n - 1) * incomes) / (n * np.sum(incomes))


@on(positive(4))
def shannon_entropy(p):
    p = p / p.sum()
    return -np.sum(p * np.log2(p))


@on(positive(4), positive(4))
def kullback_leibler(p, q):
    p, q = p / np.sum(p), q / np.sum(q)
    return np.sum(np.where(p > 0, p * np.log(p / q), 0))


@on(positive(4), positive(4))
def jensen_shannon(p, q):
    p, q = p / np.sum(p), q / np.sum(q)
    m = (p + q) / 2
    return 0.5 * np.sum(p * np.log(p / m)) + 0.5 * np.sum(q * np.log(q / m))


@on(positive(4), positive(4))
def hellinger(p, q):
    return np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2)


@on(3, 3)
def cosine_similarity(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


@on(positive(3))
def planck(wavelength):
    return 1 / wavelength**5 / np.expm1(1.4 / wavelength)


@on(positive(3))
def van_der_waals(volume):
    return 8 / (3 * volume - 1) - 3 / np.power(volume, 2)


@on(positive(3), positive())
def michaelis_menten(s, k):
    return 2.0 * s / (k + s)


@on(positive(4), positive(), positive())
def hill(x, k, n):
    return np.divide(x**n, np.add(k**n, x**n))


@on(4)
def cube_roots_and_powers(x):
    return np.cbrt(x) + np.float_power(np.abs(x), 1.5) + np.exp2(x) + np.reciprocal(x**2 + 1)


@on(unit(4))
def inverse_functions(x):
    return np.arcsin(x) + np.arccos(x) + np.arctan(x) + np.arctanh(x) + np.arcsinh(x)


@on(positive(4))
def logarithms(x):
    return np.log(x) + np.log2(x) + np.log10(x) + np.log1p(x) + np.arccosh(x + 1)


@on(apart(5), apart(5))
def remainders(x, y):
    return np.mod(x, 0.7) + np.fmod(y, 0.3) + x % 1.3 + np.remainder(y, 2.0)


@on(apart(5))
def modf_parts(x):
    fraction, whole = np.modf(x)
    return fraction * 2 + whole


# Finite differences and partial differential equations


@on(8)
def heat_step(u):
    return u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])


@on(8, positive())
def heat_with_fixed_ends(u, kappa):
    u = u.copy()
    for _ in range(5):
        u[1:-1] = u[1:-1] + 0.1 * kappa * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u


@on(8, positive())
def heat_periodic(u, kappa):
    for _ in range(5):
        u = u + 0.1 * kappa * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
    return u


@on((5, 6))
def laplacian_by_slices(u):
    return u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]


@on((5, 6))
def laplacian_by_rolls(u):
    total = -4 * u
    for axis in (0, 1):
        for shift in (-1, 1):
            total += np.roll(u, shift, axis=axis)
    return total


@on((4, 4))
def jacobi_iterations(f):
    u = np.zeros_like(f)
    for _ in range(4):
        u[1:-1, 1:-1] = 0.25 * (
            u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - f[1:-1, 1:-1]
        )
    return u


@on((4, 4))
def gauss_seidel(f):
    u = np.zeros_like(f)
    for _ in range(2):
        for i in range(1, 3):
            for j in range(1, 3):
                u[i, j] = (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - f[i, j]) / 4
    return u


@on(10)
def wave_equation(u):
    previous, now = u, u * 1.0
    for _ in range(4):
        following = now.copy()
        following[1:-1] = 2 * now[1:-1] - previous[1:-1] + 0.2 * np.diff(now, 2)
        previous, now = now, following
    return now


@on(8)
def upwind_advection(u):
    for _ in range(3):
        u = u - 0.4 * (u - np.roll(u, 1))
    return u


@on(8)
def lax_friedrichs(u):
    f = u**2 / 2
    left, right = np.roll(u, 1), np.roll(u, -1)
    return 0.5 * (left + right) - 0.25 * (np.roll(f, -1) - np.roll(f, 1))


@on(apart(8))
def godunov_flux_of_burgers(u):
    left, right = u[:-1], u[1:]
    flux = np.maximum(np.maximum(left, 0) ** 2, np.minimum(right, 0) ** 2) / 2
    return np.diff(flux)


@on(apart(8))
def minmod_limiter(u):
    a, b = np.diff(u)[:-1], np.diff(u)[1:]
    return np.where(a * b > 0, np.where(np.abs(a) < np.abs(b), a, b), 0.0)


@on(8)
def crank_nicolson(u):
    n = len(u)
    a = np.eye(n) * 2 - np.eye(n, k=1) - np.eye(n, k=-1)
    return np.linalg.solve(np.eye(n) + 0.2 * a, (np.eye(n) - 0.2 * a) @ u)


@on(6, positive(6))
def thomas_algorithm(right, diagonal):
    n = len(right)
    diagonal = diagonal + 3
    c, d = [1 / diagonal[0]], [right[0] / diagonal[0]]
    for i in range(1, n):
        m = diagonal[i] - c[-1]
        c.append(1 / m)
        d.append((right[i] - d[-1]) / m)
    x = [d[-1]]
    for i in range(n - 2, -1, -1):
        x.append(d[i] - c[i] * x[-1])
    return np.stack(x[::-1])


@on(positive(6))
def diffusion_of_varying_coefficient(k):
    n = len(k)
    face = 2 / (1 / k[1:] + 1 / k[:-1])
    main = np.concatenate([face, [0.0]]) + np.concatenate([[0.0], face]) + 1.0
    a = np.diag(main) - np.diag(face, 1) - np.diag(face, -1)
    return np.linalg.solve(a, np.ones(n))


@on((4, 5))
def gradient_of_a_field(f):
    gy, gx = np.gradient(f)
    return np.sqrt(gx**2 + gy**2 + 1e-3)


@on((4, 5), (4, 5))
def divergence_and_curl(u, v):
    divergence = np.gradient(u, axis=1) + np.gradient(v, axis=0)
    curl = np.gradient(v, 0.5, axis=1) - np.gradient(u, 0.5, axis=0)
    return divergence**2 + curl**2


@on(rising(7), 7)
def gradient_on_uneven_points(x, y):
    return np.gradient(y, x)


@on((5, 5))
def total_variation(image):
    dx = np.diff(image, axis=1)[:-1, :]
    dy = np.diff(image, axis=0)[:, :-1]
    return np.sum(np.sqrt(dx**2 + dy**2 + 1e-6))


@on((5, 5))
def perona_malik(image):
    for _ in range(2):
        north = np.pad(image, ((1, 0), (0, 0)), mode="edge")[:-1] - image
        south = np.pad(image, ((0, 1), (0, 0)), mode="edge")[1:] - image
        flow = np.exp(-(north**2)) * north + np.exp(-(south**2)) * south
        image = image + 0.1 * flow
    return image


@on((4, 4), (4, 4))
def gray_scott(u, v):
    def laplace(z):
        return sum(np.roll(z, s, a) for s in (1, -1) for a in (0, 1)) - 4 * z

    reaction = u * v * v
    u = u + 0.16 * laplace(u) - reaction + 0.035 * (1 - u)
    v = v + 0.08 * laplace(v) + reaction - 0.1 * v
    return u, v


@on((4, 4))
def cahn_hilliard_energy(c):
    bulk = 0.25 * (c**2 - 1) ** 2
    interface = 0.5 * ((np.roll(c, -1, 0) - c) ** 2 + (np.roll(c, -1, 1) - c) ** 2)
    return np.mean(bulk + interface)


@on(8, plain=NO_FILL)
def heat_history_in_zeros(u0):
    u = np.zeros((4, 8))
    u[0] = u0
    for n in range(3):
        u[n + 1, 1:-1] = u[n, 1:-1] + 0.2 * (u[n, 2:] - 2 * u[n, 1:-1] + u[n, :-2])
    return u


@on(positive(), plain="instead")
def diffusion_of_a_pulse(kappa):
    x = np.linspace(0, 1, 9)
    u = np.exp(-((x - 0.5) ** 2) * 50)
    for _ in range(4):
        u[1:-1] += 0.1 * kappa * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u


@on(5, 5)
def shallow_water_step(h, hu):
    h = 2 + 0.1 * h
    flux_h, flux_m = hu, hu**2 / h + 4.9 * h**2
    return (
        h - 0.05 * (np.roll(flux_h, -1) - np.roll(flux_h, 1)),
        hu - 0.05 * (np.roll(flux_m, -1) - np.roll(flux_m, 1)),
    )


@on(positive(4), positive(4))
def finite_element_stiffness(lengths, stiffness):
    n = len(lengths)
    k = np.zeros_like(lengths, shape=(n + 1, n + 1))
    element = np.array([[1.0, -1.0], [-1.0, 1.0]])
    for e in range(n):
        k[e : e + 2, e : e + 2] += stiffness[e] / lengths[e] * element
    return k


# Ordinary differential equations


@on(2)
def pendulum_by_euler(y):
    for _ in range(5):
        angle, speed = y[0], y[1]
        y = np.stack([angle + 0.1 * speed, speed - 0.1 * np.sin(angle)])
    return y


@on(2, plain=NO_ARRAY)
def pendulum_by_array(y):
    def f(t, y):
        return np.array([y[1], -9.81 * np.sin(y[0])])

    for n in range(3):
        y = y + 0.01 * f(0.01 * n, y)
    return y


@on(2, positive(), plain=NO_ARRAY)
def van_der_pol_by_runge_kutta(y, mu):
    def f(t, y):
        return np.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]])

    t, h = 0.0, 0.05
    for _ in range(4):
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h / 2 * k1)
        k3 = f(t + h / 2, y + h / 2 * k2)
        k4 = f(t + h, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += h
    return y


@on(3, positive(3), plain=NO_ARRAY)
def lorenz_by_midpoint(state, parameters):
    sigma, rho, beta = parameters

    def f(s):
        x, y, z = s
        return np.array([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])

    for _ in range(3):
        state = state + 0.01 * f(state + 0.005 * f(state))
    return state


@on(positive(2), positive(4), plain=NO_FILL)
def lotka_volterra_trajectory(y0, p):
    a, b, c, d = p
    y = np.empty((6, 2))
    y[0] = y0
    for n in range(5):
        prey, predators = y[n]
        y[n + 1, 0] = prey + 0.05 * (a * prey - b * prey * predators)
        y[n + 1, 1] = predators + 0.05 * (c * prey * predators - d * predators)
    return y


@on(unit(3), positive(2))
def sir_epidemic(y, rates):
    beta, gamma = rates
    s, i, r = y / y.sum()
    history = []
    for _ in range(6):
        new, healed = beta * s * i, gamma * i
        s, i, r = s - 0.1 * new, i + 0.1 * (new - healed), r + 0.1 * healed
        history.append(i)
    return np.stack(history)


@on(4)
def verlet_oscillators(q):
    p = np.zeros_like(q)
    for _ in range(5):
        p = p - 0.05 * (2 * q - np.roll(q, 1) - np.roll(q, -1))
        q = q + 0.1 * p
        p = p - 0.05 * (2 * q - np.roll(q, 1) - np.roll(q, -1))
    return np.concatenate([q, p])


@on((), positive())
def backward_euler_with_newton(y, k):
    for _ in range(3):
        new = y
        for _ in range(6):
            new = new - (new - y + 0.1 * k * new**3) / (1 + 0.3 * k * new**2)
        y = new
    return y


@on(3)
def adams_bashforth(y):
    f = lambda y: -y + np.sin(y)
    past = f(y)
    y = y + 0.1 * past
    for _ in range(4):
        now = f(y)
        y, past = y + 0.1 * (1.5 * now - 0.5 * past), now
    return y


@on(2)
def adaptive_steps(y):
    t, h = 0.0, 0.5
    while t < 1.0:
        h = min(h, 1.0 - t)
        whole = y - h * y**3
        half = y - h / 2 * y**3
        half = half - h / 2 * half**3
        if np.max(np.abs(half - whole)) > 0.05 and h > 0.05:
            h = h / 2
            continue
        t += h
        y = 2 * half - whole
    return y


@on((2, 2), 2)
def matrix_exponential_by_scaling(a, v):
    scaled = a / 16
    term = total = np.eye(2)
    for n in range(1, 8):
        term = term @ scaled / n
        total = total + term
    for _ in range(4):
        total = total @ total
    return total @ v


@on(5)
def leaky_integrate_and_fire(current):
    v, total = 0.0, 0.0
    for i in current:
        v = v + 0.5 * (i - v)
        total = total + v**2
        v = np.where(v > 10.0, 0.0, v)
    return total


@on(3, (3, 3))
def neural_ode(y, w):
    for _ in range(4):
        y = y + 0.1 * np.tanh(w @ y)
    return y


@on(positive(2))
def shooting_method(p):
    slope, stiffness = p
    y, v = 0.0, slope
    for _ in range(10):
        y, v = y + 0.1 * v, v - 0.1 * stiffness * y
    return (y - 1.0) ** 2


@on(3)
def quaternion_integration(omega):
    q = np.array([1.0, 0.0, 0.0, 0.0])
    for _ in range(3):
        w, x, y, z = q
        a, b, c = omega
        rate = np.stack([
            -x * a - y * b - z * c, w * a + y * c - z * b,
            w * b - x * c + z * a, w * c + x * b - y * a,
        ])  # fmt: skip
        q = q + 0.05 * rate
        q = q / np.linalg.norm(q)
    return q


# Bodies, molecules and mechanics


@on((4, 3), positive(4))
def gravitational_energy(positions, masses):
    energy = 0.0
    for i in range(4):
        for j in range(i):
            energy = energy - masses[i] * masses[j] / np.linalg.norm(positions[i] - positions[j])
    return energy


@on((4, 3), positive(4))
def gravitational_accelerations(positions, masses):
    d = positions[None, :, :] - positions[:, None, :]
    r2 = np.sum(d**2, axis=-1) + 0.01
    return np.sum(masses[None, :, None] * d / r2[:, :, None] ** 1.5, axis=1)


@on((5, 2))
def lennard_jones(x):
    i, j = np.triu_indices(len(x), k=1)
    r2 = np.sum((2 * x[i] - 2 * x[j]) ** 2, axis=1) + 0.5
    inverse = 1 / r2**3
    return np.sum(4 * (inverse**2 - inverse))


@on((4, 3), (4,))
def coulomb_with_softening(x, q):
    d = x[:, np.newaxis] - x[np.newaxis]
    r = np.sqrt((d**2).sum(-1) + 0.1)
    pairs = np.outer(q, q) / r
    return 0.5 * (pairs.sum() - np.trace(pairs))


@on((4, 2))
def minimum_image(x):
    d = x[:, None] - x[None, :]
    d = d - np.round(d)
    return np.sum(np.exp(-np.sum(d**2, axis=-1)))


@on((4, 3))
def pairwise_distances_by_norms(x):
    squares = np.sum(x**2, axis=1)
    d2 = squares[:, None] + squares[None, :] - 2 * x @ x.T
    return np.sqrt(np.maximum(d2, 1e-12) + np.eye(4))


@on((4, 3))
def bond_angles(x):
    a, b = x[:-2] - x[1:-1], x[2:] - x[1:-1]
    cosine = np.sum(a * b, axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    return np.arccos(np.clip(cosine, -1, 1))


@on((4, 3))
def dihedral(x):
    b = np.diff(x, axis=0)
    n1, n2 = np.cross(b[0], b[1]), np.cross(b[1], b[2])
    m = np.cross(n1, b[1] / np.linalg.norm(b[1]))
    return np.arctan2(m @ n2, n1 @ n2)


@on((5, 3), positive(5))
def inertia_tensor(r, m):
    r = r - np.average(r, axis=0, weights=m)
    return np.einsum("n,nk,nk->", m, r, r) * np.eye(3) - np.einsum("n,ni,nj->ij", m, r, r)


@on((3, 3), (3,))
def rigid_body_kinetic_energy(a, omega):
    inertia = a @ a.T + np.eye(3)
    return 0.5 * omega @ inertia @ omega


@on(3, plain=NO_ARRAY)
def rotation_by_euler_angles(angles):
    a, b, c = angles
    rx = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    ry = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    rz = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return rz @ ry @ rx


@on(3, plain=NO_ARRAY)
def rodrigues(v):
    theta = np.linalg.norm(v)
    x, y, z = v / theta
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(theta) * k + (1 - np.cos(theta)) * k @ k


@on(4)
def rotation_by_quaternion(q):
    w, x, y, z = q / np.sqrt(q @ q)
    return np.stack([
        np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)]),
        np.stack([2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)]),
        np.stack([2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]),
    ])  # fmt: skip


@on(3, plain=NO_ARRAY)
def forward_kinematics(angles):
    position, heading = np.zeros(2), 0.0
    for angle, length in zip(angles, [1.0, 0.8, 0.5], strict=True):
        heading = heading + angle
        position = position + length * np.array([np.cos(heading), np.sin(heading)])
    return position


@on(4, plain=NO_FILL)
def double_pendulum_mass_matrix(y):
    m = np.zeros((2, 2))
    c = np.cos(y[0] - y[1])
    m[0, 0], m[0, 1] = 2.0, c
    m[1, 0], m[1, 1] = c, 1.0
    right = np.zeros(2)
    right[0] = -np.sin(y[0] - y[1]) * y[3] ** 2 - 2 * np.sin(y[0])
    right[1] = np.sin(y[0] - y[1]) * y[2] ** 2 - np.sin(y[1])
    return np.linalg.solve(m, right)


@on((6, 2))
def polygon_area(p):
    x, y = p[:, 0], p[:, 1]
    return 0.5 * (np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))


@on((4, 3))
def tetrahedron_volume(p):
    return np.linalg.det(p[1:] - p[0]) / 6


@on((3, 3), 3)
def ray_and_triangle(triangle, direction):
    a, b, c = triangle
    p = np.cross(direction, c - a)
    t = -a
    q = np.cross(t, b - a)
    return (c - a) @ q / ((b - a) @ p)


@on((5, 2))
def curvature_of_a_curve(p):
    dx, dy = np.gradient(p[:, 0]), np.gradient(p[:, 1])
    ddx, ddy = np.gradient(dx), np.gradient(dy)
    return (dx * ddy - dy * ddx) / (dx * dx + dy * dy + 0.1) ** 1.5


@on((4, 2))
def spring_network(x):
    edges = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]
    return sum(0.5 * (np.linalg.norm(x[i] - x[j]) - 1.0) ** 2 for i, j in edges)


@on((4, 3))
def center_and_align(x):
    y = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    a, b = x - x.mean(axis=0), y - y.mean(0)
    return np.linalg.svd(a.T @ b)[1].sum()


# Kernels and Gaussian processes


@on((4, 2), positive())
def rbf_kernel(x, scale):
    d = x[:, None, :] - x[None, :, :]
    return np.exp(-0.5 * np.sum(d * d, -1) / scale**2)


@on((4, 2), (3, 2), positive(2))
def rbf_with_length_scales(x, y, scales):
    d = (x[:, None] - y) / scales
    return np.exp(-0.5 * np.einsum("ijk,ijk->ij", d, d))


@on(rising(4), positive())
def matern_three_halves(x, scale):
    r = np.abs(np.subtract.outer(x, x))
    z = np.sqrt(3) * r / scale
    return (1 + z) * np.exp(-z)


@on(4, positive(2))
def periodic_kernel(x, p):
    return np.exp(-2 * np.sin(np.pi * np.abs(x[:, None] - x) / p[0]) ** 2 / p[1] ** 2)


@on((4, 3), (5, 3))
def polynomial_kernel(x, y):
    return (np.dot(x, y.T) + 1) ** 3


@on((3, 2), (4, 2))
def laplacian_kernel(x, y):
    return np.exp(-np.abs(x[:, None] - y[None]).sum(axis=2))


@on(rising(5), 5, positive(3))
def gaussian_process_likelihood(x, y, p):
    k = p[0] * np.exp(-0.5 * (x[:, None] - x[None, :]) ** 2 / p[1]) + p[2] * np.eye(len(x))
    lower = np.linalg.cholesky(k)
    alpha = np.linalg.solve(lower.T, np.linalg.solve(lower, y))
    return -0.5 * y @ alpha - np.sum(np.log(np.diag(lower))) - len(x) / 2 * np.log(2 * np.pi)


@on(rising(5), 5, positive(2))
def gaussian_process_by_slogdet(x, y, p):
    k = np.exp(-np.square(np.subtract.outer(x, x)) / p[0]) + np.diag(np.full_like(x, p[1]))
    _, logdet = np.linalg.slogdet(k)
    return 0.5 * y.dot(np.linalg.inv(k)).dot(y) + 0.5 * logdet


@on(rising(4), 4, positive())
def gaussian_process_prediction(x, y, scale):
    kernel = lambda a, b: np.exp(-((a[:, None] - b[None, :]) ** 2) / scale)
    new = np.linspace(0, 2, 3)
    k = kernel(x, x) + 0.1 * np.eye(len(x))
    weights = kernel(new, x)
    return weights @ np.linalg.solve(k, y), np.diag(weights @ np.linalg.solve(k, weights.T))


@on((5, 2), 5)
def kernel_ridge(x, y):
    k = np.exp(-np.linalg.norm(x[:, None] - x[None] + 1e-3, axis=-1))
    return k @ np.linalg.inv(k + 0.1 * np.identity(5)) @ y


@on((4, 2), (5, 2))
def maximum_mean_discrepancy(x, y):
    def k(a, b):
        return np.exp(-np.sum((a[:, None] - b[None]) ** 2, axis=-1))

    return np.mean(k(x, x)) - 2 * np.mean(k(x, y)) + np.mean(k(y, y))


@on(unit(3), unit(4), (3, 4))
def sinkhorn(a, b, cost):
    a, b = a / a.sum(), b / b.sum()
    k = np.exp(-np.abs(cost))
    u = np.ones_like(a)
    for _ in range(5):
        v = b / (k.T @ u)
        u = a / (k @ v)
    return np.sum(u[:, None] * k * v * np.abs(cost))


@on((6, 2), (3, 2))
def soft_k_means(x, centers):
    d = np.sum((x[:, None] - centers) ** 2, axis=2)
    weights = np.exp(-d)
    weights /= weights.sum(axis=1, keepdims=True)
    return (weights.T @ x) / weights.sum(axis=0)[:, None]


@on((6, 2), (3, 2))
def hard_k_means(x, centers):
    nearest = np.argmin(((x[:, None] - centers[None]) ** 2).sum(-1), axis=1)
    return np.sum((x - centers[nearest]) ** 2)


@on((5, 3))
def tsne_affinities(y):
    d = np.sum((y[:, None] - y[None, :]) ** 2, axis=-1)
    q = 1 / (1 + d)
    np.fill_diagonal(q, 0.0)
    return q / np.sum(q)


# Likelihoods and statistics


@on(5, (), positive())
def normal_log_likelihood(x, mu, sigma):
    return np.sum(-0.5 * ((x - mu) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi))


@on((4, 3), 3, spd(3))
def multivariate_normal(x, mu, cov):
    d = x - mu
    _, logdet = np.linalg.slogdet(cov)
    return -0.5 * (np.einsum("ni,ij,nj->n", d, np.linalg.inv(cov), d) + logdet)


@on(4, positive(2))
def student_t(x, p):
    df, scale = p
    return -np.log(scale) - (df + 1) / 2 * np.log1p((x / scale) ** 2 / df)


@on(5, positive())
def laplace_likelihood(x, b):
    return -np.sum(np.abs(x) / b + np.log(2 * b))


@on(positive(4), positive())
def poisson_likelihood(rates, scale):
    counts = np.array([0, 3, 1, 2])
    return np.sum(counts * np.log(scale * rates) - scale * rates)


@on(3, (4, 3))
def logistic_regression(w, x):
    y = np.array([0, 1, 1, 0])
    z = x @ w
    return np.mean(np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - y * z)


@on(3, (4, 3))
def probit_by_tanh(w, x):
    p = 0.5 * (1 + np.tanh(0.8 * (x @ w)))
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(np.log(p[:2]).sum() + np.log(1 - p[2:]).sum())


@on(5, (4,), positive(4), 4)
def gaussian_mixture(x, means, scales, logits):
    log_weights = logits - np.log(np.sum(np.exp(logits)))
    z = (x[:, None] - means) / scales
    parts = log_weights - 0.5 * z**2 - np.log(scales)
    top = np.max(parts, axis=1, keepdims=True)
    return np.sum(top[:, 0] + np.log(np.sum(np.exp(parts - top), axis=1)))


@on((5, 2), unit(5))
def weighted_least_squares(x, w):
    y = np.array([1.0, 2.0, 0.5, -1.0, 0.0])
    a = np.vstack([x.T, np.ones(5)]).T
    return np.linalg.solve(a.T @ (w[:, None] * a), a.T @ (w * y))


@on((5, 2), 5, positive())
def ridge_regression(x, y, penalty):
    return np.linalg.solve(x.T @ x + penalty * np.eye(2), x.T @ y)


@on((6, 3), 6)
def ordinary_least_squares(x, y):
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    residual = y - x @ beta
    return beta, residual @ residual


@on(apart(4), (5, 4))
def lasso_objective(w, x):
    return 0.5 * np.mean((x @ w - 1) ** 2) + 0.1 * np.sum(np.abs(w))


@on(apart(4), positive())
def soft_threshold(w, t):
    return np.sign(w) * np.maximum(np.abs(w) - 0.3 * t, 0)


@on(apart(6))
def huber_loss(r):
    a = np.abs(r)
    return np.where(a <= 1.0, 0.5 * r**2, a - 0.5).mean()


@on(apart(6))
def tukey_biweight(r):
    inside = np.abs(r) < 1.3
    return np.where(inside, 1 - (1 - (r / 1.3) ** 2) ** 3, 1.0).sum()


@on(apart(6))
def pinball_loss(r):
    return np.mean(np.maximum(0.9 * r, (0.9 - 1) * r))


@on(apart(7))
def median_absolute_deviation(x):
    return 1.4826 * np.median(np.abs(x - np.median(x)))


@on(apart(7))
def trimmed_mean(x):
    return np.sort(x)[1:-1].mean()


@on(apart(8))
def interquartile_range(x):
    low, high = np.percentile(x, [25, 75])
    return high - low


@on(apart(3, 4))
def quantiles_along_an_axis(x):
    return np.quantile(x, [0.1, 0.5, 0.8], axis=1)


@on(apart(6))
def winsorized(x):
    return np.clip(x, np.quantile(x, 0.2), np.quantile(x, 0.8))


@on(7)
def skewness_and_kurtosis(x):
    z = (x - x.mean()) / x.std()
    return np.mean(z**3), np.mean(z**4) - 3


@on((5, 3))
def standardized_columns(x):
    return (x - np.mean(x, axis=0)) / np.std(x, axis=0, ddof=1)


@on((5, 3))
def covariance_matrix(x):
    return np.cov(x, rowvar=False)


@on((3, 5))
def correlation_matrix(x):
    return np.corrcoef(x)[np.triu_indices(3, 1)]


@on(6, 6)
def pearson_by_hand(x, y):
    x, y = x - x.mean(), y - y.mean()
    return (x * y).sum() / np.sqrt((x**2).sum() * (y**2).sum())


@on(6)
def autocorrelation(x):
    x = x - x.mean()
    full = np.correlate(x, x, mode="full")
    return full[len(x) - 1 :] / full[len(x) - 1]


@on(6, unit())
def exponential_smoothing(x, alpha):
    level, fitted = x[0], []
    for value in x:
        level = alpha * value + (1 - alpha) * level
        fitted.append(level)
    return np.stack(fitted)


@on(8)
def moving_average(x):
    c = np.cumsum(np.insert(x, 0, 0))
    return (c[3:] - c[:-3]) / 3


@on(8)
def moving_variance(x):
    windows = np.lib.stride_tricks.sliding_window_view(x, 3)
    return windows.var(axis=-1)


@on(6, unit(2))
def garch_likelihood(returns, p):
    variance, total = 1.0, 0.0
    for r in returns:
        total = total + np.log(variance) + r**2 / variance
        variance = 0.1 + p[0] * 0.5 * r**2 + p[1] * 0.5 * variance
    return total


@on(7, unit(2))
def arma_residuals(x, p):
    residuals = [x[0]]
    for t in range(1, len(x)):
        residuals.append(x[t] - p[0] * x[t - 1] - p[1] * residuals[t - 1])
    return sum(r**2 for r in residuals)


@on((5, 2))
def mahalanobis(x):
    d = x - x.mean(axis=0)
    precision = np.linalg.pinv(np.cov(x.T))
    return np.sqrt(np.sum(d @ precision * d, axis=1))


@on(6)
def exponential_families(x):
    logits = x - np.mean(x)
    return np.logaddexp.reduce(logits), np.logaddexp2(logits, 0.5)


@on(positive(5))
def means_of_every_kind(x):
    return np.stack([
        np.exp(np.log(x).mean()), 1 / np.mean(1 / x), np.sqrt(np.mean(x**2)), np.prod(x) ** (1 / 5)
    ])  # fmt: skip


@on(positive(5), positive(5))
def weighted_average_and_variance(x, w):
    mean = np.average(x, weights=w)
    return mean, np.average((x - mean) ** 2, weights=w)


@on(6)
def kernel_density_estimate(data):
    grid = np.linspace(-2, 2, 5)
    bandwidth = 1.06 * data.std() * len(data) ** -0.2
    z = (grid[:, None] - data[None, :]) / bandwidth
    return np.exp(-0.5 * z**2).sum(axis=1) / (len(data) * bandwidth * np.sqrt(2 * np.pi))


@on(4, (3, 4))
def reparameterized_evidence_bound(mu, noise):
    z = mu + np.exp(-0.5 * mu) * noise
    return np.mean(-0.5 * np.sum(z**2, axis=-1)) + 0.5 * np.sum(mu)


@on(6)
def softmax_weighted_histogram(x):
    edges = np.linspace(-2, 2, 5)
    soft = 1 / (1 + np.exp(-(x[:, None] - edges) / 0.2))
    return np.diff(-soft, axis=1).sum(axis=0)


@on(positive(6))
def weighted_bincount(w):
    return np.bincount(np.array([0, 1, 1, 3, 0, 2]), weights=w) ** 2


@on(positive(6))
def weighted_histogram(w):
    counts, _ = np.histogram([0.1, 0.4, 0.6, 0.2, 0.9, 0.5], bins=3, range=(0, 1), weights=w)
    return counts**2


@on(rising(5))
def empirical_ranks(x):
    return x[np.argsort(-x)] * np.arange(5)


# Linear algebra


@on(spd(3), 3)
def solve_and_dot(a, b):
    return b @ np.linalg.solve(a, b)


@on(spd(3), (3, 2))
def solve_many(a, b):
    return np.linalg.solve(a, b)


@on((3, 3))
def inverse_times_transpose(a):
    return np.linalg.inv(a + 4 * np.eye(3)) @ a.T


@on((3, 3))
def log_determinant(a):
    return np.log(np.abs(np.linalg.det(a)))


@on(spd(3))
def cholesky_log_determinant(a):
    return 2 * np.sum(np.log(np.diagonal(np.linalg.cholesky((a + a.T) / 2))))


@on((3, 3))
def symmetric_eigenvalues(a):
    return np.linalg.eigvalsh((a + a.T) / 2)


@on((3, 3))
def matrix_square_root(a):
    s, v = np.linalg.eigh(a @ a.T + np.eye(3))
    return v * np.sqrt(s) @ v.T


@on((3, 3))
def matrix_function_by_eigh(a):
    s, v = np.linalg.eigh((a + a.T) / 2)
    return v @ np.diag(np.exp(s)) @ v.T


@on((3, 3))
def eigenvalues_of_any_matrix(a):
    values = np.linalg.eigvals(a)
    return np.sum(np.abs(values) ** 2), np.prod(values).real


@on((4, 3))
def singular_values(a):
    return np.linalg.svd(a, compute_uv=False)


@on((4, 3))
def nuclear_norm(a):
    return np.linalg.norm(a, ord="nuc") + np.linalg.norm(a, 2)


@on((4, 3))
def low_rank_approximation(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return (u[:, :2] * s[:2]) @ vt[:2]


@on((4, 3))
def projection_by_qr(a):
    q, r = np.linalg.qr(a)
    return q @ q.T, np.abs(np.diag(r))


@on((4, 3))
def gram_schmidt(a):
    basis = []
    for column in a.T:
        for b in basis:
            column = column - (column @ b) * b
        basis.append(column / np.linalg.norm(column))
    return np.column_stack(basis)


@on((4, 3))
def householder(a):
    for k in range(3):
        x = a[k:, k]
        e = np.zeros_like(x)
        e[0] = np.linalg.norm(x)
        v = x + np.sign(x[0]) * e
        h = np.eye(4 - k) - 2 * np.outer(v, v) / (v @ v)
        a = np.concatenate([a[:k], h @ a[k:]], axis=0)
    return a


@on((4, 3), 4)
def pseudo_inverse(a, b):
    return np.linalg.pinv(a) @ b


@on((3, 3))
def matrix_powers(a):
    return np.linalg.matrix_power(a, 3) - np.linalg.matrix_power(a + 3 * np.eye(3), -2)


@on((2, 3), (3, 4), (4, 2))
def chain_of_products(a, b, c):
    return np.linalg.multi_dot([a, b, c])


@on((3, 3))
def norms_of_a_matrix(a):
    return np.stack([np.linalg.norm(a, k) for k in ("fro", 1, np.inf, -1, -np.inf)])


@on(apart(5))
def norms_of_a_vector(x):
    return np.stack([np.linalg.norm(x, k) for k in (None, 1, 2, 3, np.inf, -np.inf, 0.5)])


@on((3, 3))
def condition_number(a):
    return np.linalg.cond(a + 3 * np.eye(3))


@on(spd(3), 3)
def power_iteration(a, v):
    for _ in range(10):
        v = a @ v
        v = v / np.linalg.norm(v)
    return v @ a @ v


@on(spd(3), 3)
def conjugate_gradients(a, b):
    x = np.zeros_like(b)
    r = p = b
    for _ in range(3):
        ap = a @ p
        step = (r @ r) / (p @ ap)
        x = x + step * p
        new = r - step * ap
        p = new + (new @ new) / (r @ r) * p
        r = new
    return x


@on(spd(3), plain=NO_FILL)
def cholesky_by_hand(a):
    n = a.shape[0]
    lower = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j] - np.sum(lower[i, :j] * lower[j, :j])
            lower[i, j] = np.sqrt(s) if i == j else s / lower[j, j]
    return lower


@on(spd(3))
def elimination_in_place(a):
    a = a.copy()
    for k in range(2):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return a


@on((2, 2))
def determinant_by_recursion(a):
    def det(m):
        if len(m) == 1:
            return m[0][0]
        return sum(
            (-1) ** j * m[0][j] * det([row[:j] + row[j + 1 :] for row in m[1:]])
            for j in range(len(m))
        )

    return det([list(row) for row in np.kron(a, np.eye(1))])


@on((2, 2), (3, 3))
def kronecker_sum(a, b):
    return np.kron(a, np.eye(3)) + np.kron(np.eye(2), b)


@on((2, 3, 3), (2, 3))
def stack_of_systems(a, b):
    return np.linalg.solve(a + 4 * np.eye(3), b[..., None])[..., 0]


@on((2, 3, 3))
def stack_of_determinants(a):
    return np.linalg.det(a) + np.trace(a, axis1=1, axis2=2) + np.linalg.slogdet(a)[1]


@on(spd(3), spd(3))
def wishart_like_distance(a, b):
    return np.trace(np.linalg.solve(a, b)) - np.linalg.slogdet(b @ np.linalg.inv(a))[1]


@on((3, 3))
def triangular_parts(a):
    return np.tril(a) @ np.triu(a, 1) + np.tril(a, -1).T


@on((2, 3, 4), (4, 3))
def tensor_dots(a, b):
    return np.tensordot(a, b, axes=([1, 2], [1, 0])), np.tensordot(a, b, 1)


@on((6, 3), (2, 3))
def tensor_solve(a, b):
    return np.linalg.tensorsolve((a @ a.T + 3 * np.eye(6)).reshape(2, 3, 6), b)


@on(3, 3)
def products_of_vectors(a, b):
    return np.dot(a, b), np.vdot(a, b), np.inner(a, b), np.outer(a, b), np.cross(a, b)


@on((3, 3))
def sylvester_by_kronecker(a):
    a = a + 3 * np.eye(3)
    k = np.kron(np.eye(3), a) + np.kron(a, np.eye(3))
    return np.linalg.solve(k, np.ones(9)).reshape(3, 3)


@on(4)
def toeplitz_by_indices(c):
    i, j = np.indices((4, 4))
    return c[np.abs(i - j)]


@on(4)
def vandermonde_solve(x):
    v = np.vander(np.cumsum(np.abs(x) + 0.5), increasing=True)
    return np.linalg.solve(v, np.ones(4))


@on(4)
def companion_eigenvalues(c):
    m = np.diag(np.ones(3), -1) + np.pad(-c[None, :], ((0, 3), (0, 0)))
    return np.abs(np.linalg.eigvals(m)).sum()


# Decompositions of data, filters and hidden states


@on((5, 3))
def principal_component_scores(x):
    x = x - x.mean(axis=0)
    _, s, vt = np.linalg.svd(x, full_matrices=False)
    return np.abs(x @ vt.T), s**2 / np.sum(s**2)


@on((6, 3))
def zca_whitening(x):
    x = x - x.mean(0)
    s, u = np.linalg.eigh(x.T @ x / len(x))
    return x @ u @ np.diag(1 / np.sqrt(s + 1e-3)) @ u.T


@on(positive(3, 2), positive(2, 4), positive(3, 4))
def multiplicative_factorization(w, h, v):
    h = h * (w.T @ v) / (w.T @ w @ h + 1e-9)
    w = w * (v @ h.T) / (w @ h @ h.T + 1e-9)
    return np.sum((v - w @ h) ** 2)


@on((4, 2), (2, 5))
def matrix_completion(u, v):
    mask = np.arange(20).reshape(4, 5) % 3 > 0
    return np.sum(((u @ v - 1.0) * mask) ** 2) + 0.1 * (np.sum(u**2) + np.sum(v**2))


@on((2, 3), (2, 4), (2, 5))
def parafac(a, b, c):
    return np.einsum("ri,rj,rk->ijk", a, b, c)


@on(2, spd(2), 2)
def kalman_update(mean, cov, measured):
    h, noise = np.array([[1.0, 0.0], [1.0, 1.0]]), 0.5 * np.eye(2)
    innovation = measured - h @ mean
    s = h @ cov @ h.T + noise
    gain = cov @ h.T @ np.linalg.inv(s)
    return mean + gain @ innovation, (np.eye(2) - gain @ h) @ cov


@on(5, positive(2))
def kalman_log_likelihood(y, q):
    f, h = np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    mean, cov, total = np.zeros(2), np.eye(2), 0.0
    for value in y:
        mean, cov = f @ mean, f @ cov @ f.T + np.diag(q)
        s = (h @ cov @ h.T)[0, 0] + 0.3
        r = value - (h @ mean)[0]
        gain = cov @ h[0] / s
        mean, cov = mean + gain * r, cov - np.outer(gain, gain) * s
        total = total - 0.5 * (np.log(s) + r**2 / s)
    return total


@on(positive(), plain=NO_ARRAY)
def kalman_with_a_time_step(dt):
    f = np.array([[1, dt], [0, 1]])
    q = np.array([[dt**4 / 4, dt**3 / 2], [dt**3 / 2, dt**2]])
    p = np.eye(2)
    for _ in range(3):
        p = f @ p @ f.T + q
    return p


@on(positive(3, 3), positive(3, 4), positive(3))
def hidden_markov_forward(transition, emission, start):
    transition = transition / transition.sum(axis=1, keepdims=True)
    emission = emission / emission.sum(axis=1, keepdims=True)
    alpha = start / start.sum() * emission[:, 0]
    for observed in [2, 1, 3]:
        alpha = (alpha @ transition) * emission[:, observed]
    return np.log(alpha.sum())


@on((3, 3), (3, 4))
def hidden_markov_in_logarithms(transition, emission):
    def log_sum(a, axis):
        top = a.max(axis=axis, keepdims=True)
        return np.squeeze(top, axis) + np.log(np.exp(a - top).sum(axis=axis))

    alpha = emission[:, 0]
    for observed in (3, 0, 1):
        alpha = log_sum(alpha[:, None] + transition, axis=0) + emission[:, observed]
    return log_sum(alpha, 0)


@on(apart(3, 3), apart(3, 4))
def viterbi_score(transition, emission):
    best = emission[:, 0]
    for t in range(1, 4):
        best = np.max(best[:, None] + transition, axis=0) + emission[:, t]
    return best.max()


@on((4, 3), (3, 3))
def conditional_random_field(unary, pairwise):
    alpha = unary[0]
    for row in unary[1:]:
        alpha = np.logaddexp.reduce(alpha[:, None] + pairwise, axis=0) + row
    return np.logaddexp.reduce(alpha)


@on(apart(4, 5))
def dynamic_time_warping(cost):
    cost = np.abs(cost)
    table = np.full_like(cost, np.inf, shape=(5, 6))
    table[0, 0] = 0.0
    for i in range(1, 5):
        for j in range(1, 6):
            best = np.minimum(np.minimum(table[i - 1, j], table[i, j - 1]), table[i - 1, j - 1])
            table[i, j] = cost[i - 1, j - 1] + best
    return table[-1, -1]


@on((3, 4), plain=NO_FILL)
def soft_edit_distance(cost):
    table = np.zeros((4, 5))
    table[1:, 0], table[0, 1:] = 5.0, 5.0
    for i in range(1, 4):
        for j in range(1, 5):
            options = np.stack([table[i - 1, j], table[i, j - 1], table[i - 1, j - 1]])
            table[i, j] = cost[i - 1, j - 1] - np.log(np.sum(np.exp(-options)))
    return table[-1, -1]


@on(apart(4, 4))
def cheapest_path(cost):
    cost = np.abs(cost) + 0.1
    total = cost[0]
    for row in cost[1:]:
        moved = np.minimum(total, np.minimum(np.append(total[1:], 9.0), np.append(9.0, total[:-1])))
        total = row + moved
    return np.min(total)


@on((3, 3))
def value_iteration(rewards):
    transition = np.array([[0.9, 0.1, 0.0], [0.1, 0.8, 0.1], [0.0, 0.2, 0.8]])
    v = np.zeros(3)
    for _ in range(4):
        v = np.max(rewards + 0.9 * (transition @ v)[:, None], axis=1)
    return v


@on(5)
def discounted_returns(rewards):
    returns = np.zeros_like(rewards)
    running = 0.0
    for t in reversed(range(len(rewards))):
        running = rewards[t] + 0.9 * running
        returns[t] = running
    return returns


@on(6, 6)
def particle_weights(x, y):
    w = np.exp(-0.5 * (x - y) ** 2)
    w /= np.sum(w)
    return 1.0 / np.sum(np.square(w)), np.sum(w * x)


# Convolutions and images


@on(8, 3)
def convolution_modes(x, k):
    parts = [np.convolve(x, k, mode=mode) for mode in ("full", "same", "valid")]
    return np.concatenate(parts)


@on(7, 4)
def correlation_modes(x, k):
    return np.correlate(x, k), np.correlate(x, k, "same"), np.correlate(x, k, mode="full")


@on(8, 3)
def convolution_by_windows(x, k):
    return np.lib.stride_tricks.sliding_window_view(x, 3) @ k[::-1]


@on((5, 6), (3, 2))
def convolution_2d_by_loops(image, kernel):
    h, w = image.shape[0] - 2, image.shape[1] - 1
    out = 0.0
    for i in range(3):
        for j in range(2):
            out = out + kernel[i, j] * image[i : i + h, j : j + w]
    return out


@on((5, 6), (3, 3), plain=NO_FILL)
def convolution_2d_into_zeros(image, kernel):
    out = np.zeros((3, 4))
    for i in range(3):
        for j in range(4):
            out[i, j] = np.sum(image[i : i + 3, j : j + 3] * kernel)
    return out


@on((2, 5, 5, 2), (2, 2, 2, 3))
def convolution_of_a_batch(x, k):
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(1, 2))
    return np.einsum("nhwcij,ijco->nhwo", windows, k)


@on((2, 6, 6))
def im2col(x):
    i = np.arange(4)[:, None] + np.arange(3)
    return x[:, i[:, None, :, None], i[None, :, None, :]].reshape(2, 16, 9).sum(axis=2)


@on(apart(4, 6))
def max_pooling(x):
    return x.reshape(2, 2, 3, 2).max(axis=(1, 3))


@on((4, 6))
def average_pooling(x):
    return x.reshape(2, 2, 3, 2).mean(axis=(1, 3))


@on((3, 3))
def upsampling_by_repeats(x):
    return np.repeat(np.repeat(x, 2, axis=0), 2, axis=1)[1:5, 1:] ** 2


@on((3, 4))
def upsampling_by_kron(x):
    return np.kron(x, np.ones((2, 2)))


@on((5, 5))
def sobel_magnitude(image):
    gx = image[1:-1, 2:] - image[1:-1, :-2]
    gy = image[2:, 1:-1] - image[:-2, 1:-1]
    return np.hypot(gx, gy)


@on((5, 5), positive())
def separable_gaussian_blur(image, sigma):
    k = np.exp(-(np.arange(-2, 3) ** 2) / (2 * sigma**2))
    k = k / k.sum()
    padded = np.pad(image, 2, mode="reflect")
    rows = sum(k[i] * padded[i : i + 5] for i in range(5))
    return sum(k[j] * rows[:, j : j + 5] for j in range(5))


@on((4, 4), (2,))
def bilinear_sampling(image, shift):
    y, x = np.meshgrid(np.arange(3) + 0.5, np.arange(3) + 0.5, indexing="ij")
    y, x = y + 0.2 * np.tanh(shift[0]), x + 0.2 * np.tanh(shift[1])
    i, j = np.floor(y).astype(int), np.floor(x).astype(int)
    a, b = y - i, x - j
    return (
        (1 - a) * (1 - b) * image[i, j]
        + (1 - a) * b * image[i, j + 1]
        + a * (1 - b) * image[i + 1, j]
        + a * b * image[i + 1, j + 1]
    )


@on((4, 4, 3))
def grey_and_normalized(image):
    grey = image @ np.array([0.299, 0.587, 0.114])
    return (grey - grey.min()) / (grey.max() - grey.min())


@on(unit(3, 3))
def gamma_correction(image):
    return np.where(image <= 0.0031308, 12.92 * image, 1.055 * np.power(image, 1 / 2.4) - 0.055)


@on((3, 4, 3))
def flips_and_rotations(image):
    return image[:, ::-1] + np.flipud(image) * np.fliplr(image) + np.rot90(image, 2)


@on((3, 4))
def paddings(x):
    a = np.pad(x, 1) + np.pad(x, 1, constant_values=2.0) + np.pad(x, 1, "wrap")
    return a * np.pad(x, ((1, 1), (1, 1)), "symmetric") + np.pad(x, 1, mode="linear_ramp")


@on((6, 6))
def structural_similarity(image):
    a, b = image[:3], image[3:]
    ca = np.mean((a - a.mean()) * (b - b.mean()))
    top = (2 * a.mean() * b.mean() + 0.01) * (2 * ca + 0.03)
    return top / ((a.mean() ** 2 + b.mean() ** 2 + 0.01) * (a.var() + b.var() + 0.03))


@on((5, 5))
def discrete_cosine_transform(x):
    n = np.arange(5)
    basis = np.cos(np.pi / 5 * (n[:, None] + 0.5) * n)
    return basis.T @ x @ basis


@on((4, 4))
def haar_wavelet(x):
    for axis in (0, 1):
        a, b = np.take(x, [0, 2], axis=axis), np.take(x, [1, 3], axis=axis)
        x = np.concatenate([a + b, a - b], axis=axis) / np.sqrt(2)
    return x


@on((3, 5))
def integral_image(x):
    s = x.cumsum(axis=0).cumsum(axis=1)
    return s[2:, 2:] - s[:-2, 2:] - s[2:, :-2] + s[:-2, :-2]


@on(apart(5, 5))
def morphological_dilation(x):
    p = np.pad(x, 1, constant_values=-np.inf)
    return np.max(np.stack([p[i : i + 5, j : j + 5] for i in range(3) for j in range(3)]), axis=0)


@on(apart(3, 5))
def median_filter(x):
    return np.median(np.lib.stride_tricks.sliding_window_view(x, 3, axis=1), axis=-1)


@on(6, positive())
def recursive_filter(x, a):
    y = [x[0]]
    for n in range(1, 6):
        y.append(x[n] - 0.3 * a * y[-1])
    return np.hstack(y)


# Splines, interpolation, polynomials and integrals


@on(rising(5), 5)
def linear_interpolation(x, y):
    return np.interp([0.6, 1.1, 1.9], x, y)


@on(unit(4), 4)
def interpolation_at_moving_points(where, y):
    return np.interp(where * 3, np.arange(4.0), y)


@on(rising(5), 5)
def natural_cubic_spline(x, y):
    h = np.diff(x)
    slope = np.diff(y) / h
    a = np.diag(2 * (h[:-1] + h[1:])) + np.diag(h[1:-1], 1) + np.diag(h[1:-1], -1)
    inner = np.linalg.solve(a, 6 * np.diff(slope))
    m = np.concatenate(([0.0], inner, [0.0]))
    return slope - h * (2 * m[:-1] + m[1:]) / 6


@on(6)
def catmull_rom(p):
    t = np.linspace(0, 1, 4)[:, None]
    a, b, c, d = p[:-3], p[1:-2], p[2:-1], p[3:]
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (-a + 3 * b - 3 * c + d) * t**3
    )


@on((4, 2))
def bezier_by_de_casteljau(points):
    t = 0.3
    while len(points) > 1:
        points = (1 - t) * points[:-1] + t * points[1:]
    return points[0]


@on((5,), ())
def bspline_by_recursion(c, x):
    t = np.linspace(-4, 4, 9)
    x = np.tanh(x)

    def basis(i, k):
        if k == 0:
            return 1.0 if t[i] <= x < t[i + 1] else 0.0
        left = (x - t[i]) / (t[i + k] - t[i]) * basis(i, k - 1)
        return left + (t[i + k + 1] - x) / (t[i + k + 1] - t[i + 1]) * basis(i + 1, k - 1)

    return sum(c[i] * basis(i, 3) for i in range(5))


@on(4, rising(4))
def lagrange_interpolation(y, x):
    total = 0.0
    for i in range(4):
        others = np.delete(x, i)
        total = total + y[i] * np.prod((0.77 - others) / (x[i] - others))
    return total


@on(rising(4), 4)
def divided_differences(x, y):
    table = [y]
    for k in range(1, 4):
        table.append(np.diff(table[-1]) / (x[k:] - x[:-k]))
    return np.stack([row[0] for row in table])


@on(4, 3)
def horner(c, x):
    result = np.zeros_like(x)
    for a in c:
        result = result * x + a
    return result


@on(4, 3)
def polynomial_functions(c, x):
    return np.polyval(c, x) + np.polyval(np.polyder(c), x) + np.polyval(np.polyint(c), x)


@on(3, 4)
def polynomial_algebra(a, b):
    return np.polymul(a, b), np.polyadd(a, b), np.polysub(a, b)


@on(rising(6), 6)
def polynomial_fit(x, y):
    return np.polyfit(x, y, 2)


@on(unit(3))
def chebyshev_by_recurrence(x):
    t = [np.ones_like(x), x]
    for _ in range(4):
        t.append(2 * x * t[-1] - t[-2])
    return np.array([1.0, 0.5, 0.2, 0.1, 0.3, 0.2]) @ np.vstack(t)


@on(unit(3))
def chebyshev_series(x):
    return np.polynomial.chebyshev.chebval(x, [1.0, 0.5, 0.2])


@on(3, unchanged="np.polyval")
def polynomial_series_of_coefficients(c):
    return np.polynomial.polynomial.polyval(0.5, c)


@on(unit(3))
def legendre_by_recurrence(x):
    p0, p1 = 1.0, x
    for n in range(2, 6):
        p0, p1 = p1, ((2 * n - 1) * x * p1 - (n - 1) * p0) / n
    return p1


@on(6)
def trapezoids(y):
    return np.trapezoid(y, dx=0.2), np.trapezoid(y**2, np.linspace(0, 1, 6) ** 2)


@on(rising(5), 5)
def trapezoids_on_moving_points(x, y):
    return np.trapezoid(y, x)


@on(7)
def simpson(y):
    return (y[0] + 4 * np.sum(y[1:-1:2]) + 2 * np.sum(y[2:-1:2]) + y[-1]) / 3


@on(positive(2))
def gauss_legendre(ends):
    nodes, weights = np.polynomial.legendre.leggauss(5)
    half = (ends[1] - ends[0]) / 2
    return half * np.sum(weights * np.exp(-((half * nodes + ends.mean()) ** 2)))


@on((), positive())
def integral_between_moving_ends(a, b):
    t = np.linspace(a, a + b, 9)
    return np.sum((t[1:] - t[:-1]) * (np.sin(t[1:]) + np.sin(t[:-1])) / 2)


@on(5)
def cumulative_trapezoid(y):
    return np.cumsum((y[1:] + y[:-1]) / 2 * 0.1)


# Waves, optics and Fourier transforms


@on(positive(), positive())
def fresnel_reflection(n1, n2):
    cos_i = np.cos(0.3)
    cos_t = np.sqrt(1 - (n1 / (n2 + 2) * np.sin(0.3)) ** 2 + 0j)
    r = (n1 * cos_i - (n2 + 2) * cos_t) / (n1 * cos_i + (n2 + 2) * cos_t)
    return np.abs(r) ** 2


@on(positive(3), positive())
def thin_film_transfer_matrix(thickness, index):
    total = np.eye(2, dtype=complex)
    for d in thickness:
        phase = 2 * np.pi * index * d
        c, s = np.cos(phase), 1j * np.sin(phase)
        layer = np.stack([np.stack([c + 0j, s / index]), np.stack([s * index, c + 0j])])
        total = total @ layer
    return np.abs(total[0, 0] + total[1, 1]) ** 2


@on(positive(3), plain=NO_FILL)
def transfer_matrix_filled(phases):
    m = np.eye(2, dtype=complex)
    for phase in phases:
        p = np.zeros((2, 2), dtype=complex)
        p[0, 0] = np.exp(1j * phase)
        p[1, 1] = np.exp(-1j * phase)
        m = m @ np.array([[1.0, 0.2], [0.2, 1.0]]) @ p
    return np.abs(m[0, 0]) ** 2


@on(4, 4)
def complex_from_parts(a, b):
    z = a + 1j * b
    return np.real(z * np.conj(z)) + np.angle(z) + np.abs(z) + z.imag**2


@on(5)
def interference(phase):
    field = np.sum(np.exp(1j * phase))
    return np.abs(field) ** 2


@on(4, 3)
def array_factor(phases, angles):
    steering = np.exp(1j * np.pi * np.outer(np.sin(angles), np.arange(4)))
    return 20 * np.log10(np.abs(steering @ np.exp(1j * phases)) + 1e-3)


@on((4, 4))
def angular_spectrum(phase):
    field = np.exp(1j * phase)
    f = np.fft.fftfreq(4)
    transfer = np.exp(-1j * np.pi * 2.0 * (f[:, None] ** 2 + f[None, :] ** 2))
    return np.abs(np.fft.ifft2(np.fft.fft2(field) * transfer)) ** 2


@on(positive(4), positive())
def impedance_of_a_circuit(omega, c):
    z = 1 / (1j * omega * c) + 0.5 * 1j * omega + 1.0
    return np.abs(1 / z), np.angle(z)


@on(positive(2))
def complex_roots(p):
    root = np.sqrt(p[0] ** 2 - 40 * p[1] + 0j)
    return np.abs((-p[0] + root) / 2), ((-p[0] - root) / 2).imag


@on(8)
def power_spectrum(x):
    return np.abs(np.fft.rfft(x)) ** 2


@on(8)
def low_pass_filter(x):
    spectrum = np.fft.fft(x)
    spectrum = np.where(np.abs(np.fft.fftfreq(8)) < 0.3, spectrum, 0)
    return np.real(np.fft.ifft(spectrum))


@on(8)
def low_pass_by_assignment(x):
    spectrum = np.fft.rfft(x)
    spectrum[3:] = 0
    return np.fft.irfft(spectrum, n=8)


@on(8)
def high_pass_in_place(x):
    spectrum = np.fft.fft(x)
    spectrum *= np.fft.fftfreq(8) ** 2
    return np.fft.ifft(spectrum).real


@on(6, 3)
def convolution_by_transforms(x, k):
    n = len(x) + len(k) - 1
    return np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(k, n), n)


@on((4, 6))
def spectral_derivative(u):
    k = 2j * np.pi * np.fft.rfftfreq(6)
    return np.fft.irfft(k * np.fft.rfft(u, axis=1), n=6, axis=1)


@on(8)
def analytic_signal(x):
    gain = np.array([1, 2, 2, 2, 1, 0, 0, 0])
    return np.abs(np.fft.ifft(np.fft.fft(x) * gain))


@on((4, 4))
def shifted_spectrum(x):
    return np.abs(np.fft.fftshift(np.fft.fft2(x))) + np.fft.ifftshift(x)


@on(8)
def poisson_equation_by_transform(f):
    k2 = (2 * np.pi * np.fft.fftfreq(8)) ** 2
    k2[0] = 1.0
    spectrum = np.fft.fft(f - f.mean()) / k2
    return spectrum.real


@on(6)
def cepstrum(x):
    return np.fft.irfft(np.log(np.abs(np.fft.rfft(x)) + 0.1))


@on(12)
def short_time_transform(x):
    window = np.hanning(4)
    frames = np.stack([x[i : i + 4] * window for i in range(0, 9, 2)])
    return np.log(1 + np.abs(np.fft.rfft(frames, axis=-1)) ** 2)


@on(8)
def goertzel(x):
    w, s1, s2 = 2 * np.cos(2 * np.pi * 2 / 8), 0.0, 0.0
    for value in x:
        s1, s2 = value + w * s1 - s2, s1
    return s1**2 + s2**2 - w * s1 * s2


@on(8)
def fft_by_recursion(x):
    def fft(x):
        n = len(x)
        if n == 1:
            return x + 0j
        even, odd = fft(x[::2]), fft(x[1::2])
        turned = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
        return np.concatenate([even + turned, even - turned])

    return np.abs(fft(x))


@on(6)
def transform_as_a_matrix(x):
    n = np.arange(6)
    w = np.exp(-2j * np.pi * np.outer(n, n) / 6)
    return (w @ x).real


@on((3, 3), (3, 3))
def hermitian_expectation(a, b):
    h = a + a.T + 1j * (b - b.T)
    psi = np.exp(1j * a[0])
    return np.real(np.vdot(psi, h @ psi)) / np.real(np.vdot(psi, psi))


@on((3, 3), (3, 3))
def ground_state_energy(a, b):
    h = a + 1j * b
    return np.linalg.eigvalsh((h + h.conj().T) / 2)[0]


@on(3, plain=NO_ARRAY)
def quantum_rotation(angles):
    state = np.array([1.0, 0.0], dtype=complex)
    for a in angles:
        u = np.array([[np.cos(a / 2), -1j * np.sin(a / 2)], [-1j * np.sin(a / 2), np.cos(a / 2)]])
        state = u @ state
    return np.abs(state) ** 2


@on(4)
def time_evolution(potential):
    h = np.diag(potential) - 0.5 * (np.eye(4, k=1) + np.eye(4, k=-1))
    e, v = np.linalg.eigh(h)
    u = v @ np.diag(np.exp(-1j * e)) @ v.T
    return np.abs(u[:, 0]) ** 2


@on(5)
def unwrapped_phase(x):
    return np.unwrap(np.cumsum(np.abs(x)) * 2.0) ** 2


@on(8)
def sinc_interpolation(x):
    t = np.linspace(0, 7, 5)
    return np.sinc(t[:, None] - np.arange(8)) @ x


# Graphs


@on(positive(4, 4))
def graph_laplacian_spectrum(w):
    w = (w + w.T) / 2
    w = w * (1 - np.eye(4))
    return np.linalg.eigvalsh(np.diag(w.sum(axis=0)) - w)


@on(positive(4, 4))
def normalized_adjacency(w):
    d = 1 / np.sqrt(w.sum(axis=1))
    return d[:, None] * w * d[None, :]


@on(positive(4, 4))
def page_rank(w):
    p = w / w.sum(axis=0)
    r = np.full(4, 0.25)
    for _ in range(6):
        r = 0.85 * p @ r + 0.15 / 4
    return r


@on(positive(3, 3))
def katz_centrality(w):
    return np.linalg.solve(np.eye(3) - 0.1 * w.T, np.ones(3))


@on((4, 3), (3, 2))
def graph_convolution(x, w):
    a = np.eye(4) + np.eye(4, k=1) + np.eye(4, k=-1)
    d = np.diag(1 / np.sqrt(a.sum(axis=1)))
    return np.maximum(d @ a @ d @ x @ w, 0)


@on((4, 2), plain="np.add.at")
def message_passing(x):
    source, target = np.array([0, 1, 2, 3, 0]), np.array([1, 2, 3, 0, 2])
    total = np.zeros((4, 2))
    np.add.at(total, target, np.tanh(x[source]))
    return total


@on((5, 2))
def segment_sums(x):
    return np.add.reduceat(x, [0, 2, 3], axis=0) ** 2


@on(positive(4, 4))
def spanning_trees(w):
    w = w + w.T
    laplacian = np.diag(np.sum(w, axis=1)) - w
    return np.log(np.linalg.det(laplacian[1:, 1:]))


@on(apart(4, 4))
def shortest_paths(w):
    d = np.abs(w) * (1 - np.eye(4))
    for k in range(4):
        d = np.minimum(d, d[:, [k]] + d[[k], :])
    return d


# Networks


@on((4, 3), (3, 5), 5, (5, 2), 2)
def perceptron(x, w1, b1, w2, b2):
    hidden = np.tanh(x @ w1 + b1)
    return np.mean((hidden @ w2 + b2) ** 2)


@on((4, 3))
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


@on((4, 3))
def softmax_in_place(x):
    x = x - x.max(axis=1)[:, None]
    e = np.exp(x)
    e /= e.sum(axis=1)[:, None]
    return e


@on((4, 3))
def log_softmax_by_logaddexp(x):
    return x - np.logaddexp.reduce(x, axis=1, keepdims=True)


@on((4, 3))
def cross_entropy_of_labels(logits):
    labels = np.array([0, 2, 1, 1])
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -log_p[np.arange(4), labels].mean()


@on((4, 3))
def cross_entropy_of_one_hot(logits):
    one_hot = np.eye(3)[[0, 2, 1, 1]]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return -np.sum(one_hot * np.log(p + 1e-12)) / 4


@on((4, 3))
def cross_entropy_by_take_along_axis(logits):
    log_p = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    return -np.mean(np.take_along_axis(log_p, np.array([[0], [2], [1], [1]]), axis=1))


@on((4, 3))
def focal_loss(logits):
    p = 1 / (1 + np.exp(-logits))
    return -np.mean((1 - p) ** 2 * np.log(p))


@on((2, 4, 3), (2, 4, 3), (2, 4, 3))
def attention(q, k, v):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ v


@on((4, 3), (4, 3), (4, 3))
def causal_attention(q, k, v):
    scores = np.einsum("id,jd->ij", q, k)
    scores = np.where(np.tril(np.ones((4, 4))) == 1, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights @ v / weights.sum(axis=1)[:, np.newaxis]


@on((3, 4), (4, 12))
def multi_head_attention(x, w):
    qkv = (x @ w).reshape(3, 3, 2, 2).transpose(1, 2, 0, 3)
    q, k, v = qkv
    scores = np.exp(np.matmul(q, k.transpose(0, 2, 1)))
    out = (scores / scores.sum(axis=-1, keepdims=True)) @ v
    return np.moveaxis(out, 0, 1).reshape(3, 4)


@on((4, 6))
def rotary_embedding(x):
    angles = np.outer(np.arange(4), 1 / 10 ** np.arange(3))
    even, odd = x[:, 0::2], x[:, 1::2]
    c, s = np.cos(angles), np.sin(angles)
    return np.stack([even * c - odd * s, even * s + odd * c], axis=-1).reshape(x.shape)


@on((4, 5), 5, 5)
def layer_norm(x, scale, shift):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * scale + shift


@on((4, 5))
def root_mean_square_norm(x):
    return x / np.sqrt(np.mean(np.square(x), axis=-1, keepdims=True) + 1e-6)


@on((6, 3), 3, 3)
def batch_norm(x, gamma, beta):
    mu, sigma = np.mean(x, axis=0), np.std(x, axis=0)
    return gamma * (x - mu) / (sigma + 1e-5) + beta


@on((2, 4, 4))
def group_norm(x):
    g = x.reshape(2, 2, 2, 4)
    g = (g - g.mean(axis=(2, 3), keepdims=True)) / g.std(axis=(2, 3), keepdims=True)
    return g.reshape(x.shape)


@on((3, 4), 4)
def weight_norm(v, g):
    return g * v / np.linalg.norm(v, axis=0, keepdims=True)


@on((4, 2), (2, 3), (3, 3), 3)
def recurrent_network(x, wx, wh, b):
    h = np.zeros(3)
    for t in range(x.shape[0]):
        h = np.tanh(x[t] @ wx + h @ wh + b)
    return h


@on((3, 2), (5, 12))
def long_short_term_memory(x, w):
    h, c = np.zeros(3), np.zeros(3)
    for row in x:
        gates = np.concatenate([row, h]) @ w
        i, f, o, g = np.split(gates, 4)
        s = lambda z: 1 / (1 + np.exp(-z))
        c = s(f) * c + s(i) * np.tanh(g)
        h = s(o) * np.tanh(c)
    return h


@on((3, 2), (5, 9))
def gated_recurrent_unit(x, w):
    h = np.zeros(3)
    for row in x:
        z, r, n = np.array_split(np.hstack([row, h]) @ w, 3)
        z, r = 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(-r))
        h = (1 - z) * np.tanh(n * r) + z * h
    return h


@on((4, 3), (5, 3))
def contrastive_loss(a, b):
    a = a / np.linalg.norm(a, axis=1, keepdims=True)
    b = b / np.linalg.norm(b, axis=1, keepdims=True)
    s = a @ b[:4].T / 0.5
    return np.mean(np.log(np.exp(s).sum(axis=1)) - np.diag(s))


@on(apart(4, 3))
def triplet_loss(x):
    anchor, positive_, negative = x[0], x[1], x[2]
    gap = np.sum((anchor - positive_) ** 2) - np.sum((anchor - negative) ** 2)
    return np.maximum(gap + 20.0, 0)


@on((5, 3))
def embedding_lookup(table):
    tokens = np.array([[0, 2, 2], [4, 1, 0]])
    return table[tokens].mean(axis=1) ** 2


@on((4, 3))
def dropout_with_a_mask(x):
    keep = np.random.default_rng(0).random((4, 3)) < 0.8
    return x * keep / 0.8


@on((4, 3), (3, 3))
def mixture_of_experts(x, gate):
    logits = x @ gate
    top = np.argmax(logits, axis=1)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return p[np.arange(4), top, None] * np.tanh(x)


@on(apart(4, 3))
def leaky_units(x):
    return np.where(x > 0, x, 0.01 * x) + np.maximum(0.1 * x, x) + np.clip(x, 0, 6) + x * (x > 0)


@on((4, 3), (4, 3))
def dice_and_jaccard(a, b):
    a, b = 1 / (1 + np.exp(-a)), 1 / (1 + np.exp(-b))
    both = np.sum(a * b)
    return 2 * both / (a.sum() + b.sum()), both / (a.sum() + b.sum() - both)


@on((3, 2), (3, 2))
def momentum_steps(w, v):
    for _ in range(3):
        gradient = 2 * w + np.sin(w)
        v = 0.9 * v - 0.1 * gradient
        w = w + v
    return w


@on(4)
def adam_steps(w):
    m = v = np.zeros_like(w)
    for t in range(1, 4):
        g = 2 * (w - 1)
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        w = w - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
    return w


@on(3)
def parameters_in_a_dictionary(x):
    p = {"a": x[0], "b": [x[1], (x[2], 2.0)]}
    return p["a"] * p["b"][0] + p["b"][1][0] ** p["b"][1][1]


@on(6)
def flat_parameters_unpacked(theta):
    w, b = theta[:4].reshape(2, 2), theta[4:]
    return np.tanh(w @ np.array([1.0, -1.0]) + b)


# Recursion, loops, assignment and in-place operators


@on(5)
def recursive_sum(x):
    def total(part):
        return part[0] if len(part) == 1 else np.sin(part[0]) + total(part[1:])

    return total(x)


@on(8)
def tree_reduction(x):
    while len(x) > 1:
        x = x[::2] * x[1::2] + 1
    return x[0]


@on(())
def memoized_fibonacci(x):
    @functools.cache
    def f(n):
        return x ** (n + 1) if n < 2 else f(n - 1) + 0.5 * f(n - 2)

    return f(10)


@on(4)
def fold_with_reduce(x):
    return functools.reduce(lambda a, b: a * b + np.sin(a), x, 1.0)


@on(5)
def accumulate_with_itertools(x):
    return np.stack(list(itertools.accumulate(x, lambda a, b: 0.5 * a + b)))


@on(4)
def pairs_with_itertools(x):
    return sum((a - b) ** 2 for a, b in itertools.combinations(x, 2))


@on(5)
def python_sum_max_sorted(x):
    return sum(x) + max(x) * min(x) + sorted(x)[2]


@on(4)
def enumerated_pairs(x):
    total = 0
    for i, (a, b) in enumerate(itertools.pairwise(x)):
        total += i * a * b
    return total


@on(5)
def fill_like_the_input(x):
    y = np.empty_like(x)
    for i in range(len(x)):
        y[i] = x[i] ** 2 + (y[i - 1] if i else 0)
    return y


@on(5, plain=NO_FILL)
def fill_zeros(x):
    y = np.zeros(5)
    for i in range(5):
        y[i] = np.sin(x[i]) * x[i - 1]
    return y


@on(3, plain=NO_FILL)
def fill_a_matrix(x):
    a = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            a[i, j] = x[i] * x[j] + (i == j)
    return np.linalg.inv(a)


@on(4, plain=NO_FILL)
def fill_ones_by_rows(x):
    a = np.ones((2, 4))
    a[0] = x
    a[1, ::2] = x[:2]
    return a.prod(axis=0)


@on(4, plain="instead")
def fill_full_by_columns(x):
    a = np.full((4, 2), 0.5)
    a[:, 1] += x
    return a @ a.T


@on(3)
def assign_into_a_copy(x):
    y = x.copy()
    y[0] = y[1] * y[2]
    y[1:] = y[0] + y[:2]
    return y


@on(3)
def assign_into_np_copy(x):
    y = np.copy(x)
    y[1] = 3 * y[0]
    return y**2


@on(6)
def assign_by_mask(x):
    y = x * 1.0
    y[x < 0] = 0.1 * x[x < 0]
    return y


@on(6)
def assign_constants_by_mask(x):
    y = x + 0
    y[y > 0.5] = 0.5
    return y * x


@on((3, 4))
def assign_by_fancy_index(x):
    y = x.copy()
    y[[0, 2], [1, 3]] = y[[1, 1], [0, 2]] ** 2
    return y


@on((3, 4))
def add_by_repeated_index(x):
    y = x * 2
    np.add.at(y, ([0, 0, 1], [1, 1, 2]), x[0, :3])
    return y


@on((3, 3))
def assign_the_diagonal(x):
    y = x.copy()
    i = np.arange(3)
    y[i, i] = y.sum(axis=1)
    return y


@on((3, 3))
def fill_the_diagonal(x):
    y = x @ x
    np.fill_diagonal(y, 1.0)
    return y


@on((3, 4))
def swap_rows(x):
    y = x.copy()
    y[[0, 2]] = y[[2, 0]]
    return y * np.arange(4)


@on((3, 4))
def write_through_a_view(x):
    y = x.copy()
    row = y[1]
    row[2:] = 0
    y.T[0] *= 3
    return y * x


@on(4)
def in_place_operators(x):
    y = x.copy()
    y += 1
    y *= x
    y -= x**2
    y /= 2
    y **= 2
    return y


@on((3, 4))
def in_place_on_slices(x):
    y = x + 0.0
    y[0] += y[1]
    y[:, 1] *= y[:, 2]
    y[1:, 2:] -= y[:2, :2]
    return y


@on(4)
def in_place_on_elements(x):
    y = x.copy()
    for i in range(1, 4):
        y[i] += 0.5 * y[i - 1]
        y[i] *= y[0]
    return y


@on(())
def in_place_on_a_scalar(x):
    total = 0.0
    for k in range(4):
        total += x**k
        x *= 1.1
    return total


@on(4)
def put_functions(x):
    y = x * 1.0
    np.put(y, [0, 2], x[1:3])
    np.putmask(y, np.array([False, True, False, False]), 5.0)
    return y * x


@on((3, 3))
def put_along_an_axis(x):
    y = x.copy()
    np.put_along_axis(y, np.array([[0], [2], [1]]), x[:, :1] ** 2, axis=1)
    return y


@on((3, 4))
def place_and_copyto(x):
    y = np.zeros_like(x)
    np.copyto(y, x**2, where=np.arange(4) > 1)
    return y + x


@on(4)
def build_then_pop(x):
    stack = list(x)
    while len(stack) > 1:
        a, b = stack.pop(), stack.pop()
        stack.append(np.tanh(a + b))
    return stack[0]


@on(3)
def early_return(x):
    for value in x:
        if value > 0:
            return value**2
    return x.sum()


@on(3)
def closure_and_default(x):
    scale = x.sum()

    def f(y, power=2, *, shift=scale):
        return (y + shift) ** power

    return f(x) + f(x, power=3)


@on(3)
def try_and_except(x):
    try:
        return np.linalg.solve(np.zeros((3, 3)), x)
    except np.linalg.LinAlgError:
        return x**2


@on(4)
def generators_and_stars(x):
    def pairs():
        for i in range(3):
            yield x[i] * x[i + 1]

    first, *rest = pairs()
    return np.maximum(first, 0.01) + np.hypot(*rest)


@on(4)
def a_class_that_holds_arrays(x):
    class Line:
        def __init__(self, slope, offset):
            self.slope, self.offset = slope, offset

        def __call__(self, t):
            return self.slope * t + self.offset

    return Line(x[0], x[1])(x[2:]) ** 2


@on((3, 4))
def iterate_over_rows(x):
    return np.stack([row @ row[::-1] for row in x]) * len(x)


@on((2, 3))
def iterate_over_flat_elements(x):
    return sum(v**i for i, v in enumerate(x.flat)) + sum(x.ravel()[k] for k in range(6))


# Indices


@on((3, 4, 2))
def ellipsis_and_newaxis(x):
    return x[..., 0] * x[:, :, 1] + x[0, ..., np.newaxis].sum(axis=-1).T[:1, 0]


@on((3, 4))
def negative_indices_and_steps(x):
    return x[-1] * x[0, ::-1] + x[::-2, -3:-1].sum()


@on((3, 4))
def fancy_rows_and_columns(x):
    return x[[2, 0, 2]][:, [1, 1, 3]]


@on((3, 4))
def open_mesh_index(x):
    return x[np.ix_([0, 2], [1, 3])] ** 2


@on((3, 4))
def fancy_with_slices(x):
    return x[[0, 1], 1:3] * x[1:, [0, 3]]


@on((3, 4))
def boolean_rows(x):
    return x[np.array([True, False, True])].sum(axis=0) * x[:, np.arange(4) % 2 == 0].mean()


@on((3, 4))
def boolean_of_values(x):
    return np.sum(x[x > 0] ** 2) + np.sum(x[(x < 0) & (x > -1)]) + x[~(x > 0)].mean()


@on((3, 4))
def indices_from_where(x):
    i, j = np.where(x > 0.2)
    return np.sum(x[i, j] * np.arange(len(i)))


@on((3, 4))
def indices_from_nonzero_and_argwhere(x):
    first = np.argwhere(x > 0)[0]
    return x[tuple(first)] + x[np.nonzero(x < 0)].sum() + x.ravel()[np.flatnonzero(x > 0)].prod()


@on((3, 4))
def indices_from_argsort(x):
    order = np.argsort(x[:, 0])
    return x[order] * np.arange(3)[:, None]


@on((3, 4))
def sorted_by_take_along_axis(x):
    return np.take_along_axis(x, np.argsort(x, axis=1), axis=1) * np.arange(4)


@on((3, 4))
def unravelled_extreme(x):
    i, j = np.unravel_index(np.argmax(x), x.shape)
    return x[i] * x[i, j] + x[:, j].sum()


@on((3, 4))
def take_and_compress(x):
    return (
        np.take(x, [5, 0, 5]) + x.take([1, 2], axis=1).sum(),
        np.compress([True, False, True], x, axis=0),
        np.extract(x > 0, x),
    )


@on((2, 3))
def choose_and_select(x):
    a = np.choose(np.array([[0, 1, 2], [2, 1, 0]]), [x, x**2, 2.0])
    return a + np.select([x < -0.5, x > 0.5], [x**2, np.sqrt(np.abs(x))], default=0.1)


@on(6)
def piecewise_functions(x):
    return np.piecewise(x, [x < 0, x >= 0], [lambda v: v**2, lambda v: np.sin(v)])


@on((3, 3))
def diagonals(x):
    return np.diag(x) * np.diagonal(x, 1).sum() + np.diag(np.diag(x, -1), 1)[0], np.diagflat(x[0])


@on((3, 4))
def triangle_indices(x):
    return x[np.triu_indices(3, m=4)] ** 2, x[np.tril_indices(3, -1)]


@on((2, 3, 4))
def several_fancy_axes(x):
    return x[[0, 1], :, [2, 3]] * x[1, [0, 1, 2], :][:, 0]


@on(6)
def indices_made_of_integers(x):
    i = np.zeros(3, dtype=int)
    i[1:] = [4, 2]
    return x[i] * x[np.int64(1)] + x[np.array(3)]


@on((4, 5))
def slices_as_objects(x):
    window = np.s_[1:3, ::2]
    return x[window] ** 2 + x[slice(None, 2), slice(0, 3)]


@on((3, 4))
def delete_insert_append(x):
    y = np.delete(x, 1, axis=1)
    y = np.insert(y, 1, x[:, 0] ** 2, axis=1)
    return np.append(y, x[:, :1], axis=1)


@on((2, 3))
def shapes_changed(x):
    a = x.reshape(3, -1).T + np.reshape(x, (2, 3), order="F")
    b = np.expand_dims(x, 1).squeeze(axis=1) + np.atleast_2d(x.flatten()[:3])
    return a * b + np.ravel(x, order="F").reshape(2, 3) + x.T.swapaxes(0, 1)


@on((2, 3, 4))
def axes_changed(x):
    return (np.transpose(x, (2, 0, 1)) + np.moveaxis(x, -1, 0))[::2] * np.rollaxis(x, 2)[1:3]


@on((4, 6))
def splits(x):
    a, b = np.hsplit(x, 2)
    c, d = np.vsplit(a * b, [1])
    return np.concatenate(np.split(x, 2, axis=1)[::-1], axis=1)[0] * c.sum() + d.sum()


@on((2, 3), (2, 3))
def joins(a, b):
    tall, wide, deep = np.vstack((a, b)), np.hstack([a, b]), np.dstack([a, b])
    return tall.sum(axis=1), wide @ np.arange(6), deep[..., 1] * np.stack([a, b], axis=-1)[..., 0]


@on((2, 2), (2, 3), (1, 2), (1, 3))
def block_matrix(a, b, c, d):
    return np.block([[a, b], [c, d]]) ** 2


@on(4)
def tiles_repeats_rolls(x):
    return np.tile(x, (2, 2))[:, :4] * np.repeat(x, [1, 0, 2, 1]) + np.roll(x, -1)


@on((3, 3))
def triangles_and_masks(x):
    mask = np.tri(3, dtype=bool)
    return np.where(mask, x, 0) @ np.where(mask, 0, x)


# Sums of products


@on((3, 4), (4, 2))
def einsum_product(a, b):
    return np.einsum("ij,jk->ik", a, b)


@on((3, 3))
def einsum_trace_and_diagonal(a):
    return np.einsum("ii", a) * np.einsum("ii->i", a)


@on((2, 3, 4), (2, 4, 3))
def einsum_batched(a, b):
    return np.einsum("bij,bjk->bik", a, b)


@on((2, 3, 4), (4, 3))
def einsum_ellipsis(a, b):
    return np.einsum("...ij,jk->...ik", a, b)


@on(3, 4, (3, 4))
def einsum_bilinear(x, y, a):
    return np.einsum("i,ij,j->", x, a, y)


@on((3, 4), (3, 4))
def einsum_implicit(a, b):
    return np.einsum("ij,ij", a, b) + np.einsum("ij->j", a) @ np.einsum("ij->j", b)


@on((2, 3), (3, 4), (4, 5))
def einsum_optimized(a, b, c):
    return np.einsum("ij,jk,kl->il", a, b, c, optimize=True)


@on((3, 4), (4, 3))
def einsum_of_lists(a, b):
    return np.einsum(a, [0, 1], b, [1, 2], [2, 0])


@on((3, 4), 4)
def einsum_outer(a, b):
    return np.einsum("ij,k->kij", a, b).sum(axis=0)


@on((2, 2, 2), (2, 2), (2, 2))
def tucker_product(g, a, b):
    return np.einsum("ijk,il,jm->lmk", g, a, b)


@on((2, 3, 3))
def einsum_transposed(a):
    return np.einsum("bij->bji", a) @ a


@on((3, 3), (3, 3))
def christoffel_like(g, d):
    inverse = np.linalg.inv(g @ g.T + np.eye(3))
    return np.einsum("il,lj,k->ijk", inverse, d, g[0])


@on(3, 3)
def cross_by_levi_civita(a, b):
    e = np.zeros((3, 3, 3))
    e[[0, 1, 2], [1, 2, 0], [2, 0, 1]] = 1
    e[[0, 2, 1], [2, 1, 0], [1, 0, 2]] = -1
    return np.einsum("ijk,j,k->i", e, a, b)


@on((2, 3), (2, 3))
def row_by_row_products(a, b):
    return np.vecdot(a, b) if hasattr(np, "vecdot") else (a * b).sum(-1)


# Broadcasting, guards, clips and norms


@on((3, 1), (1, 4))
def outer_by_broadcasting(a, b):
    return a * b + a - b


@on(3, 4)
def outer_ufuncs(a, b):
    return np.add.outer(a, b) * np.multiply.outer(a, b) + np.subtract.outer(a, b)


@on((2, 1, 3), (4, 1))
def broadcast_arrays_of_both(a, b):
    x, y = np.broadcast_arrays(a, b)
    return x * y + np.broadcast_to(b, (2, 4, 3))


@on(3, 4)
def meshgrid_of_both(x, y):
    a, b = np.meshgrid(x, y)
    return np.sin(a) * np.cos(b)


@on((3, 4))
def keepdims_everywhere(x):
    return (x - x.mean(axis=0, keepdims=True)) / (1 + x.sum(axis=1, keepdims=True) ** 2)


@on((2, 3, 4))
def reductions_over_several_axes(x):
    return x.sum(axis=(0, 2)) + x.max(axis=(0, -1)) + np.mean(x, axis=(0, 2)) + x.std((0, 2))


@on((3, 4))
def reductions_of_a_part(x):
    mask = np.arange(12).reshape(3, 4) % 3 == 0
    return np.sum(x, where=mask), np.mean(x, axis=0, where=mask | (x > 9)), np.max(x, initial=-5.0)


@on(positive(3, 4))
def products_and_accumulations(x):
    return np.prod(x, axis=0) + np.cumprod(x, axis=1)[0] + np.cumsum(x, axis=0)[-1] + x.cumsum()[3]


@on(apart(3, 4))
def running_extremes(x):
    return np.maximum.accumulate(x, axis=1) - np.minimum.accumulate(x, axis=0) + np.ptp(x, axis=0)


@on(just([1.0, -2.0, -0.5, 3.0]))
def guarded_logarithm(x):
    return np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), 0.0)


@on(just([4.0, 2.0, 0.0, 3.0]))
def guarded_division(x):
    return np.where(x != 0, np.sin(x) / np.where(x == 0, 1, x), 1.0)


@on(just([1.0, -2.0, 2.5, 3.0]))
def guarded_square_root(x):
    return np.sqrt(np.maximum(x, 1e-12))


@on(apart(5))
def clips(x):
    return np.clip(x, -0.5, 0.8) + x.clip(min=0) + np.minimum(np.maximum(x, -1), 1)


@on(apart(5), positive(5))
def clip_between_arrays(x, bound):
    return np.clip(x, -bound, bound)


@on(apart(5), apart(5))
def extremes_of_two(a, b):
    return np.maximum(a, b) * np.minimum(a, 0.25) + np.fmax(a, b) - np.fmin(a, b)


@on(5)
def signs_and_steps(x):
    return np.sign(x) * x**2 + np.heaviside(x, 0.5) * x + np.abs(x) + np.fabs(x)


@on(5)
def copied_signs(x):
    return np.copysign(x, -1.0) * np.ldexp(x, 2) + np.nan_to_num(x)


@on(apart(5))
def rounded_through_a_straight_line(x):
    return x + (np.round(x) - np.floor(x) + np.ceil(x) - np.trunc(x)) * x


@on((3, 4))
def norms_along_axes(x):
    return (
        np.linalg.norm(x, axis=1),
        np.linalg.norm(x, 1, axis=0),
        np.linalg.norm(x, np.inf, axis=0),
        np.linalg.norm(x, axis=(0, 1), keepdims=True),
    )


@on(3)
def unit_vector(v):
    n = np.linalg.norm(v)
    return v / n if n > 0 else v


@on(just([0.5, np.nan, 2.0, -1.0]))
def missing_values(x):
    x = np.where(np.isnan(x), 0.0, x)
    return x**2


@on(6)
def nan_aware_statistics(x):
    return np.nansum(x) + np.nanmean(x) + np.nanstd(x) * np.nanmax(x)


@on(4)
def conditions_with_any_and_all(x):
    if np.all(np.isfinite(x)) and (x > -100).all() and not np.any(x > 100):
        return x**2
    return x


@on(4)
def comparisons_as_weights(x):
    return np.sum((x > 0) * x**2 + (x <= 0) * x**3) + np.count_nonzero(x > 0) * x[0]


@on(4)
def logical_weights(x):
    inside = np.logical_and(x > -1, x < 1).astype(float)
    return inside * x**2 + np.logical_not(x > 0) * x


@on(4)
def python_condition_on_a_value(x):
    y = x.sum()
    return y**2 if y > 0 and x[0] < 10 else -y


# dtypes


@on(4)
def cast_to_another_precision(x):
    return x.astype(np.float64) * 2 + np.float64(1.5) * x


@on(4)
def cast_down_and_up(x):
    return (x.astype(complex) * 1j).imag + x.astype(x.dtype)


@on(4)
def cast_to_integers_as_constants(x):
    return x * x.astype(int) + np.floor(x).astype(np.int32) * x


@on(4)
def sums_in_a_dtype(x):
    return np.sum(x, dtype=np.float64) + np.mean(x, dtype=float) + np.cumsum(x, dtype=np.float64)


@on(4)
def scalars_of_numpy(x):
    return np.float32(0.5) * x + x / np.int64(2) - np.pi + x * True


@on(4)
def integers_in_formulas(x):
    n = np.arange(4)
    return n * x + x**n + np.power(2, x) + 2**x + x // 1e9


@on(4)
def zeros_and_ones_of_a_dtype(x):
    return np.zeros(4, dtype=x.dtype) + np.ones(4, x.dtype) * x + np.full(4, 2, dtype=x.dtype) * x


@on(4)
def properties_of_arrays(x):
    return x / x.size + x.ndim + x.shape[0] * x + len(x) + x.dtype.itemsize * 0 * x


# Python's numbers and lists


@on((), dropin="np.")
def python_math(x):
    return math.sin(x)


@on((), dropin="stop_gradient")
def python_float(x):
    return float(x) ** 2


@on((), unchanged="astype")
def numpy_scalar_type(x):
    return np.float64(x) ** 2


@on(3, plain=NO_ARRAY)
def array_of_elements(x):
    return np.array([x[2], x[0] * x[1], 1.0])


@on(3, plain=NO_ARRAY)
def array_by_comprehension(x):
    return np.array([np.sin(k * x[0]) + v for k, v in enumerate(x)])


@on((2, 3), plain=NO_ARRAY)
def array_of_rows(x):
    return np.array([row / row.sum() for row in x])


@on(2, plain=NO_ARRAY)
def array_of_nested_lists(x):
    return np.array([[x[0], 0, 1], [0, x[1], x[0] * x[1]]]) @ np.arange(3.0)


@on(3, plain="tinygrad_np.numpy")
def asarray_at_the_start(x):
    x = np.asarray(x)
    return x**2


@on(3, plain="tinygrad_np.numpy")
def asarray_with_a_dtype(x):
    x = np.asarray(x, dtype=float)
    return np.atleast_1d(x) ** 2


@on(3, plain="tinygrad_np.numpy")
def array_of_an_array(x):
    y = np.array(x)
    y[0] = 2.0
    return y * x


@on(3, plain="tinygrad_np.numpy")
def contiguous_and_required(x):
    return np.ascontiguousarray(x) * np.asanyarray(x) + np.require(x, requirements="C")


@on((), (), plain=NO_ARRAY)
def array_of_arguments(a, b):
    v = np.array([a, b])
    return np.linalg.norm(v) + v.dot(np.array([[1, a], [a, 2]])).dot(v)


@on(3, plain=NO_ARRAY)
def functions_of_lists(x):
    return np.sum([x[0], x[1] ** 2]) + np.mean([v**3 for v in x]) + np.dot([x[0], 1.0], [2.0, x[1]])


@on(3, plain=NO_ARRAY)
def ufuncs_of_lists(x):
    return np.exp([x[0], x[1]]) * np.maximum.reduce([x[0], x[1], x[2]])


@on(2, plain=NO_ARRAY)
def determinant_of_lists(x):
    return np.linalg.det([[x[0], 2.0], [x[1], 3.0]]) + np.linalg.norm([x[0], x[1], 1.0])


@on((3, 2))
def lists_of_arrays(x):
    rows = [row**2 for row in x]
    return np.sum(rows[0] * rows[1]) + np.concatenate(rows)[3] + np.vstack(rows).max()


@on(3)
def lists_added_to_arrays(x):
    return x + [1, 2, 3] + (4, 5, 6) * x + [0.5, 0.5, 0.5] @ x


@on(3)
def appended_then_concatenated(x):
    out = []
    for v in x:
        out.append(np.atleast_1d(v**2))
        out.append([1.0])
    return np.concatenate(out)


@on(3, plain=NO_ARRAY)
def tuples_made_to_arrays(p):
    x, y, z = (float(k) * v for k, v in enumerate(p))
    return np.array((x, y, z)) + np.array([(x, y), (y, z)]).sum()


@on(3, plain=NO_FILL)
def dictionary_of_arrays(x):
    state = {"position": np.zeros(3), "speed": np.ones(3)}
    for _ in range(3):
        state["speed"][:] = state["speed"] - 0.1 * x * state["position"]
        state["position"] += 0.1 * state["speed"]
    return state["position"]


@on(4, plain="tinygrad_np.numpy")
def rows_and_columns_joined(x):
    return np.r_[x, 0.0, x[:2]] ** 2, np.c_[x, x**2] @ np.ones(2)


@on(3, plain="tinygrad_np.numpy")
def vectorized_python_function(x):
    f = np.vectorize(lambda v: v**2 if v > 0 else -v)
    return f(x)


@on(3, plain="tinygrad_np.numpy")
def fromiter_of_a_generator(x):
    return np.fromiter((v**2 for v in x), dtype=float)


@on((2, 3))
def applied_along_an_axis(x):
    return np.apply_along_axis(lambda row: row / np.sum(row**2), 1, x)


@on(3, plain="tinygrad_np.numpy")
def full_of_a_value(x):
    return np.full((2, 3), x[0]) * x + np.full_like(x, x[1]) + np.full(3, x)


@on((), (), plain="tinygrad_np.numpy")
def arange_between_values(a, step):
    return np.sin(np.arange(a, a + 2.5 * np.exp(step), np.exp(step)))


@on((), ())
def spaces_between_values(a, b):
    return (
        np.linspace(a, b, 4) ** 2,
        np.linspace(0, a, 3, endpoint=False),
        np.logspace(a, b, 3),
        np.geomspace(np.exp(a), np.exp(b), 3),
    )


@on((2, 2))
def matrix_by_attribute(x):
    return (x.T @ x).trace() + x.dot(x).diagonal().prod() + x.mT[0] @ x.ravel()[:2]


@on((3, 4))
def methods_in_a_chain(x):
    return x.reshape(4, 3).transpose(1, 0).clip(-1, 1).sum(axis=0).cumsum().repeat(2).mean()


# out= and the methods of ufuncs


@on(3, plain="instead")
def out_of_an_addition(x):
    out = np.empty(3)
    np.add(x, x, out=out)
    return out * 2


@on(3)
def out_of_a_product(x):
    y = x * 1.0
    np.multiply(y, 2, out=y)
    return y


@on((2, 3), plain="instead")
def out_of_a_matrix_product(x):
    return np.dot(x, x.T, out=np.zeros((2, 2), x.dtype))


@on(4, 4)
def quotient_where_there_is_one(x, y):
    return np.divide(x, y, out=np.zeros_like(x), where=np.abs(y) > 0.1)


@on(4, plain="instead")
def in_place_on_a_plain_array(x):
    total = np.zeros(4)
    for k in range(3):
        total += x**k
    return total


@on((3, 4))
def reductions_by_ufuncs(x):
    return np.add.reduce(x) + np.multiply.reduce(x, axis=0) + np.maximum.reduce(x, axis=0)


@on((3, 4))
def accumulations_by_ufuncs(x):
    return np.add.accumulate(x, axis=1) * np.multiply.accumulate(x, axis=1)


@on(4)
def where_of_a_ufunc(x):
    return np.where(x > 0, np.sqrt(np.abs(x)), 0) + np.divide(1.0, x**2 + 1)


# What is newer, and what is rarer


@on((3, 3))
def results_with_names(a):
    a = a @ a.T + np.eye(3)
    return (
        np.linalg.slogdet(a).logabsdet,
        np.linalg.eigh(a).eigenvalues,
        np.linalg.svd(a, full_matrices=False).S,
        np.abs(np.linalg.qr(a).R),
    )


@on((3, 3))
def names_of_the_array_standard(a):
    b = np.permute_dims(a, (1, 0)) + np.matrix_transpose(a)
    return np.concat([b, np.pow(np.abs(a), 1.5)]), np.linalg.vector_norm(a), np.acos(np.tanh(a))


@on((3, 3))
def standard_norms_and_products(a):
    diagonal, trace = np.linalg.diagonal(a), np.linalg.trace(a)
    return np.linalg.matrix_norm(a) * np.linalg.cross(a[0], a[1]) + diagonal * trace


@on(4)
def roots_of_numbers_of_any_sign(x):
    return np.abs(np.emath.sqrt(x) + np.emath.log(x)) + np.emath.power(x, 2)


@on((3, 3))
def diagonal_by_flat(a):
    b = a.copy()
    b.flat[::4] = a[0] ** 2
    return b @ b


@on((3, 3))
def assignment_through_the_transpose(a):
    b = a * 1.0
    b.T[0] = a[1]
    return b @ a


@on(4)
def parts_of_a_complex_array_assigned(x):
    z = x * (1 + 1j)
    z.real = x**2
    z.imag[0] = 3 * x[1]
    return np.abs(z)


@on(4)
def methods_in_place(x):
    y = x.copy()
    y.sort()
    y.put([0], x[2])
    z = x.copy()
    z.fill(x[1])
    return y * z


@on(5, plain="writeable")
def iteration_by_nditer(x):
    return sum(v**2 for v in np.nditer(x))


@on(3, plain="tinygrad_np.numpy")
def enumerated_elements(x):
    return sum(v**2 * (i + 1) for (i,), v in np.ndenumerate(x))


@on(6)
def sets_of_values(x):
    return np.sum(np.unique(x) ** 2) + np.union1d(x, [9.0])[:3].prod()


@on((3, 4))
def quantiles_by_other_methods(x):
    return np.percentile(x, 37, axis=1, method="midpoint"), np.median(x, axis=0, keepdims=True)


@on(5)
def missing_values_left_out(x):
    y = np.where(np.arange(5) == 1, np.nan, x)
    return np.nanmedian(y) + np.nanvar(y) + np.nanmin(y) + np.nancumsum(y)


@on((3, 3))
def tables_over_groups(x):
    return np.histogram2d([0.1, 0.2, 0.9], [0.1, 0.5, 0.9], bins=2, weights=x[0])[0] ** 2


@on(4)
def quotients_of_polynomials(x):
    return np.polydiv(x, x[:2])[0], np.poly(x)


@on(4)
def windows_of_signals(x):
    return x * np.hamming(4) + x * np.kaiser(4, 3.0) * np.blackman(4)


@on(4)
def pads_by_statistics(x):
    return np.pad(x, 2, mode="mean") + np.pad(x, 2, mode="maximum")


@on((3, 4))
def matrices_times_vectors(a):
    return (a @ a[0]) @ a if not hasattr(np, "matvec") else np.vecmat(np.matvec(a, a[0]), a)


@on(3)
def comparison_of_floats_with_tolerance(x):
    return x if np.allclose(x, x) and not np.array_equal(x, x + 1) else 0 * x


@on(4)
def errors_silenced(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x > 0, np.log(x), 0.0)
