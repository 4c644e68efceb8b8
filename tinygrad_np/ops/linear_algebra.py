r"""Inverses, decompositions, determinants and norms of matrices and of stacks of matrices.

Each rule stands beside its function as a pair: ``_vjp`` (``g`` is the cotangent of the output) and
``_jvp`` (``t`` is the tangent of the argument). In the formulas Aᵀ transposes, Aᴴ conjugates too.

Conventions
-----------
* A function that reads one triangle of its argument (cholesky, eigh, eigvalsh, pinv with
  ``hermitian=True``) has a gradient in that triangle, and 0 in the other: it is the derivative of
  what NumPy computes. With respect to a matrix that is symmetric by construction, as in
  ``eigh(a + a.T)``, it comes out symmetric by itself.
* Eigenvalues and singular values alone have finite first derivatives at every matrix. Where they
  are equal, it is the one that belongs to the vectors that LAPACK chose. A singular value of 0
  has derivative 0.
* Eigenvectors and singular vectors of equal values have no derivative, and neither have second
  derivatives of the values there: NaN or infinity come out. Where a cotangent is 0, so is the
  gradient.
* Complex eigenvectors of ``eigh`` and singular vectors have an arbitrary phase. Derivatives are
  those of vectors that do not turn: vᴴ dv is real (of u and v in ``svd`` together, where u turns by
  as much as v turns back). What does not depend on the phases, such as v vᴴ, is right.
* Eigenvectors of ``eig`` are those of LAPACK: of length 1, their largest component real.
* ``qr`` needs linearly independent columns; the derivatives of ``pinv`` and ``lstsq`` hold where
  the rank does not change.
* ``det`` has a derivative at singular matrices too, up to the second; the third does not exist
  where two of the singular values are equal.
* Norms have gradient 0 where they are 0, at every order; those made of singular values (2, -2,
  "nuc"), up to the second. So ``norm(x) ** 2`` has the Hessian 0 at 0, where ``np.sum(x * x)`` has
  2: square before summing where second derivatives at 0 matter.

Sources: Giles, "Collected matrix derivative results" (2008); Magnus & Neudecker, "Matrix
Differential Calculus" (1988); Murray, "Differentiation of the Cholesky decomposition" (2016);
Seeger et al., "Auto-differentiating linear algebra" (2017); Walter & Lehmann, "Algorithmic
differentiation of linear algebra functions" (2010; qr); Wan & Zhang, "Automatic differentiation for
complex valued SVD" (2019); Golub & Pereyra, "The differentiation of pseudo-inverses" (1973);
Townsend, "Differentiating the singular value decomposition" (2016).
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GradientError
from ..recording import Array, Recorded
from . import elementwise
from .contractions import conj
from .products import swap
from .table import composed, constant, differentiable, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

# NumPy keeps the classes of its named results private.
EigResult: Any = type(np.linalg.eig(np.eye(1)))
EighResult: Any = type(np.linalg.eigh(np.eye(1)))
QRResult: Any = type(np.linalg.qr(np.eye(1)))
SVDResult: Any = type(np.linalg.svd(np.eye(1)))
SlogdetResult: Any = type(np.linalg.slogdet(np.eye(1)))


def adjoint(a: Array) -> Array:
    """The conjugate transpose."""
    return conj(swap(a))


def real(a: Array) -> Array:
    return np.real(a) if a.dtype.kind == "c" else a


def identity(a: Any) -> np.ndarray[Any, Any]:
    """The identity matrix that has the columns of ``a``, and its precision."""
    return np.eye(a.shape[-1], dtype=np.finfo(a.dtype).dtype)


def lower_half(a: Any) -> np.ndarray[Any, Any]:
    """1 below the diagonal and 1/2 on it: its product with X + Xᴴ has all of X in one triangle."""
    return np.tri(a.shape[-1], dtype=np.finfo(a.dtype).dtype) - identity(a) / 2


def from_triangle(t: Array, triangle: Any = "L") -> Array:
    """The Hermitian matrix of which NumPy is given a triangle."""
    half = lower_half(t)
    part = t * (half if triangle.upper() == "L" else half.T)
    return part + adjoint(part)


def in_triangle(g: Array, triangle: Any = "L") -> Array:
    """The cotangent of a triangle, from that of the matrix that `from_triangle` makes of it."""
    half = lower_half(g)
    return (g + adjoint(g)) * (half if triangle.upper() == "L" else half.T)


def of_all_examples(value: Any) -> Any:
    """The plain values; inside tg.vmap, those of the whole batch."""
    while isinstance(value, Recorded):
        value = value.value
    return value


def only_setting(function: str, setting: str, value: Any, remedy: str) -> GradientError:
    return GradientError(
        f"np.linalg.{function}: {setting}={value!r} has no derivative rule here; {remedy}"
    )


# Inverses and linear equations


def inv_vjp(g: Array, out: Array, a: Any) -> Array:
    transposed = swap(out)
    return -(transposed @ g @ transposed)


def inv_jvp(t: Array, out: Array, a: Any) -> Array:
    return -(out @ t @ out)


def solve_vjp_b(g: Array, out: Array, a: Array, b: Any) -> Array:
    if b.ndim == 1:
        return np.linalg.solve(swap(a), g[..., None])[..., 0]
    return np.linalg.solve(swap(a), g)


def solve_vjp_a(g: Array, out: Array, a: Array, b: Any) -> Array:
    pulled = solve_vjp_b(g, out, a, b)
    if b.ndim == 1:
        return -pulled[..., :, None] * out[..., None, :]
    return -(pulled @ swap(out))


def solve_jvp_a(t: Array, out: Array, a: Array, b: Any) -> Array:
    if b.ndim == 1:
        return -np.linalg.solve(a, t @ out[..., None])[..., 0]
    return -np.linalg.solve(a, t @ out)


def solve_jvp_b(t: Array, out: Array, a: Array, b: Any) -> Array:
    return np.linalg.solve(a, t)


inv = differentiable(np.linalg.inv, [inv_vjp], [inv_jvp])
solve = differentiable(np.linalg.solve, [solve_vjp_a, solve_vjp_b], [solve_jvp_a, solve_jvp_b])


@composed(np.linalg.tensorsolve)
def tensorsolve(a: Array, b: Array, axes: Any = None) -> Array:
    if axes is not None:
        axes = [axis % np.ndim(a) for axis in axes]
        kept = [axis for axis in range(np.ndim(a)) if axis not in axes]
        a = np.transpose(a, [*kept, *axes])
    shape = np.shape(a)[np.ndim(b) - np.ndim(a) :] if np.ndim(a) > np.ndim(b) else ()
    unknowns = math.prod(shape)
    if np.size(a) != unknowns**2:
        raise np.linalg.LinAlgError(
            f"np.linalg.tensorsolve: a of shape {np.shape(a)} and b of shape {np.shape(b)} make "
            f"{np.size(b)} equations of {unknowns} unknowns"
        )
    return np.linalg.solve(np.reshape(a, (unknowns, unknowns)), np.ravel(b)).reshape(shape)


@composed(np.linalg.tensorinv)
def tensorinv(a: Array, ind: int = 2) -> Array:
    if ind <= 0:
        raise ValueError(f"np.linalg.tensorinv: ind={ind}; it is positive")
    columns = math.prod(a.shape[ind:])
    return np.linalg.inv(a.reshape((columns, -1))).reshape(a.shape[ind:] + a.shape[:ind])


@composed(np.linalg.matrix_power)
def matrix_power(a: Array, n: int) -> Array:
    n = operator.index(n)
    np.linalg.matrix_power(np.zeros(a.shape), 0)  # which NumPy refuses of other shapes
    if n == 0:
        return np.zeros_like(a) + np.eye(a.shape[-1], dtype=a.dtype)
    power, result = (np.linalg.inv(a) if n < 0 else a), None
    n = abs(n)
    if n == 3:
        return (power @ power) @ power
    while n:
        n, odd = divmod(n, 2)
        if odd:
            result = power if result is None else result @ power
        power = power @ power if n else power
    return result


@composed(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Array]) -> Array:
    first, *inner, last = arrays
    first = np.reshape(first, (1, -1)) if np.ndim(first) == 1 else first
    last = np.reshape(last, (-1, 1)) if np.ndim(last) == 1 else last
    whole = product_in_order([first, *inner, last])
    vectors = [axis for axis, end in enumerate((arrays[0], arrays[-1])) if np.ndim(end) == 1]
    return np.squeeze(whole, axis=tuple(vectors)) if vectors else whole


def product_in_order(matrices: Sequence[Array]) -> Array:
    """Multiply in the order that costs least (Cormen et al., matrix-chain multiplication)."""
    sizes = [np.shape(matrices[0])[0], *[np.shape(matrix)[1] for matrix in matrices]]
    n = len(matrices)
    cost = {(i, i): 0 for i in range(n)}
    split: dict[tuple[int, int], int] = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j], split[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )

    def multiply(i: int, j: int) -> Array:
        if i == j:
            return matrices[i]
        return np.dot(multiply(i, split[i, j]), multiply(split[i, j] + 1, j))

    return multiply(0, n - 1)


# Least squares: X = A⁺


def pinv_vjp(
    g: Array, out: Array, a: Array, rcond: Any = None, hermitian: bool = False, rtol: Any = None
) -> Array:
    a = from_triangle(a) if hermitian else a
    beside, behind = identity(out) - a @ out, identity(a) - out @ a
    pulled = (
        adjoint(swap(out @ adjoint(out)) @ g @ swap(beside))
        + adjoint(swap(behind) @ g @ swap(adjoint(out) @ out))
        - swap(out) @ g @ swap(out)
    )
    return in_triangle(pulled) if hermitian else pulled


def pinv_jvp(
    t: Array, out: Array, a: Array, rcond: Any = None, hermitian: bool = False, rtol: Any = None
) -> Array:
    if hermitian:
        a, t = from_triangle(a), from_triangle(t)
    beside, behind = identity(out) - a @ out, identity(a) - out @ a
    return (
        out @ adjoint(out) @ adjoint(t) @ beside
        + behind @ adjoint(t) @ adjoint(out) @ out
        - out @ t @ out
    )


pinv = differentiable(np.linalg.pinv, [pinv_vjp], [pinv_jvp])


def least_squares(a: Array, b: Array, rcond: float) -> Array:
    return np.linalg.lstsq(a, b, rcond)[0]


def columns(b: Array) -> Array:
    return b[:, None] if b.ndim == 1 else b


def lstsq_vjp_a(g: Array, out: Array, a: Array, b: Array, rcond: float = 0) -> Array:
    inverse, x, g = np.linalg.pinv(a, rcond), columns(out), columns(g)
    pulled = swap(inverse) @ g
    return (
        conj(columns(b) - a @ x) @ adjoint(conj(inverse) @ pulled)
        + conj(adjoint(inverse) @ x) @ adjoint(g - swap(a) @ pulled)
        - pulled @ swap(x)
    )


def lstsq_jvp_a(t: Array, out: Array, a: Array, b: Array, rcond: float = 0) -> Array:
    inverse, x = np.linalg.pinv(a, rcond), columns(out)
    from_residual = adjoint(t) @ (columns(b) - a @ x)
    outside = adjoint(t) @ (adjoint(inverse) @ x)
    moved = inverse @ (adjoint(inverse) @ from_residual - t @ x) + outside - inverse @ (a @ outside)
    return moved.reshape(out.shape)


solution = differentiable(
    least_squares,
    [lstsq_vjp_a, lambda g, out, a, b, rcond=0: swap(np.linalg.pinv(a, rcond)) @ g],
    [lstsq_jvp_a, lambda t, out, a, b, rcond=0: np.linalg.pinv(a, rcond) @ t],
    name="lstsq",
)


@composed(np.linalg.lstsq)
def lstsq(a: Array, b: Array, rcond: float | None = None) -> tuple[Array, Array, np.int32, Array]:
    """The solution, the residuals and the singular values have derivatives; the rank has none."""
    a, b = [x if isinstance(x, Recorded) else np.asarray(x) for x in (a, b)]
    m, n = a.shape
    eps = float(np.finfo(np.result_type(a.dtype, b.dtype, np.float32)).eps)
    cutoff = eps * max(m, n) if rcond is None else eps if rcond == -1 else rcond
    x = solution(a, b, rcond=cutoff)
    values = np.linalg.svd(a, compute_uv=False)
    found = of_all_examples(values)
    ranks = np.unique(np.sum(found > cutoff * found[..., :1], axis=-1))
    if len(ranks) > 1:
        raise GradientError(
            f"np.linalg.lstsq: matrices of ranks {ranks.tolist()} in one batch have residuals of "
            "different shapes; np.linalg.pinv(a) @ b is the solution alone"
        )
    rank = np.int32(ranks[0])
    if rank == n < m:
        errors = np.abs(columns(b - a @ x))
        residuals = np.sum(errors * errors, axis=0)
    else:
        residuals = np.zeros((0,), np.finfo(x.dtype).dtype)
    return x, residuals, rank, values


# Determinants


def adjugate(a: Array, det: Array) -> Array:
    """det(A) A⁻¹, which singular matrices have too."""
    singular = det == 0
    if not np.any(of_all_examples(singular)):
        return det[..., None, None] * np.linalg.inv(a)
    singular = singular[..., None, None]
    regular = np.where(singular, np.eye(a.shape[-1], dtype=a.dtype), a)
    return np.where(singular, singular_adjugate(a), det[..., None, None] * np.linalg.inv(regular))


def products_without(s: Array) -> Array:
    """The product of all singular values but the i-th and the j-th; for i = j, 0."""
    eye = np.eye(s.shape[-1], dtype=bool)
    left_out = eye[:, None, :] | eye[None, :, :]
    factors = np.where(left_out, 1, s[..., None, None, :])
    return np.where(eye, 0, math.prod(factors[..., k] for k in range(s.shape[-1])))


def svd_adjugate(a: Array) -> Array:
    """adj(U S Vᴴ) = det(U) det(Vᴴ) V adj(S) Uᴴ."""
    u, s, vh = np.linalg.svd(a)
    eye = np.eye(s.shape[-1], dtype=bool)
    factors = np.where(eye, 1, s[..., None, :])
    diagonal: Any = math.prod(factors[..., k] for k in range(s.shape[-1]))
    turn = np.linalg.det(u) * np.linalg.det(vh)
    return (turn[..., None, None] * (adjoint(vh) * diagonal[..., None, :])) @ adjoint(u)


def second_cofactors(t: Array, s: Array) -> Array:
    """The derivative of adj(S) along ``t``, where S is diagonal; in reverse it is the same."""
    weights = products_without(s)
    diagonal = np.diagonal(t, axis1=-2, axis2=-1)[..., None]
    return (weights @ diagonal) * identity(t) - weights * t


def adjugate_vjp(g: Array, out: Array, a: Array) -> Array:
    u, s, vh = np.linalg.svd(a)
    turn = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    inside = second_cofactors(turn * (conj(vh) @ g @ conj(u)), s)
    return conj(u) @ inside @ conj(vh)


def adjugate_jvp(t: Array, out: Array, a: Array) -> Array:
    u, s, vh = np.linalg.svd(a)
    turn = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return turn * (adjoint(vh) @ second_cofactors(adjoint(u) @ t @ adjoint(vh), s) @ adjoint(u))


singular_adjugate = differentiable(svd_adjugate, [adjugate_vjp], [adjugate_jvp], name="adjugate")


def pairing(t: Array, a: Array) -> Array:
    """tr(a t)."""
    return np.sum(swap(a) * t, axis=(-2, -1))


det = differentiable(
    np.linalg.det,
    [lambda g, out, a: g[..., None, None] * swap(adjugate(a, out))],
    [lambda t, out, a: pairing(t, adjugate(a, out))],
)


def sign_and_logarithm(a: Array) -> Array:
    return np.stack(np.linalg.slogdet(a), axis=-1)


def inverse_or_infinite(a: Array, logarithm: Array) -> Array:
    """A⁻¹; of singular matrices, ∞."""
    singular = logarithm == -np.inf
    if not np.any(of_all_examples(singular)):
        return np.linalg.inv(a)
    singular = singular[..., None, None]
    regular = np.where(singular, np.eye(a.shape[-1], dtype=a.dtype), a)
    return np.where(singular, np.inf, np.linalg.inv(regular))


def slogdet_vjp(g: Array, out: Array, a: Array) -> Array:
    weight = real(g[..., 1])
    if out.dtype.kind == "c":
        weight = weight + 1j * np.imag(g[..., 0] * out[..., 0])
    inverse = inverse_or_infinite(a, real(out[..., 1]))
    return elementwise.product(weight[..., None, None], swap(inverse))


def slogdet_jvp(t: Array, out: Array, a: Array) -> Array:
    inverse = inverse_or_infinite(a, real(out[..., 1]))
    moved = np.sum(elementwise.product(t, swap(inverse)), axis=(-2, -1))
    turned = 1j * np.imag(moved) * out[..., 0] if out.dtype.kind == "c" else 0 * out[..., 0]
    return np.stack([turned, real(moved)], axis=-1)


packed_slogdet = differentiable(sign_and_logarithm, [slogdet_vjp], [slogdet_jvp], name="slogdet")


@composed(np.linalg.slogdet)
def slogdet(a: Array) -> Any:
    packed = packed_slogdet(a)
    return SlogdetResult(packed[..., 0], real(packed[..., 1]))


# Decompositions. Those of several results are one op, whose output has them one below the other.


def cholesky_vjp(g: Array, out: Array, a: Any, upper: bool = False) -> Array:
    if upper:
        return adjoint(cholesky_vjp(adjoint(g), adjoint(out), a))
    transposed = swap(out)
    inside = (transposed @ g) * lower_half(g)
    pulled = np.linalg.solve(transposed, inside)
    return in_triangle(adjoint(np.linalg.solve(transposed, adjoint(pulled))))


def cholesky_jvp(t: Array, out: Array, a: Any, upper: bool = False) -> Array:
    if upper:
        return adjoint(cholesky_jvp(adjoint(t), adjoint(out), a))
    inside = np.linalg.solve(out, from_triangle(t))
    inside = adjoint(np.linalg.solve(out, adjoint(inside)))
    return out @ (inside * lower_half(t))


cholesky = differentiable(np.linalg.cholesky, [cholesky_vjp], [cholesky_jvp])


def q_and_r(a: Array) -> Array:
    return np.concatenate(np.linalg.qr(a), axis=-2)


def qr_vjp(g: Array, out: Array, a: Any) -> Array:
    m = a.shape[-2]
    q, r, gq, gr = out[..., :m, :], out[..., m:, :], g[..., :m, :], g[..., m:, :]
    inside = (gr @ swap(r) - swap(q) @ gq) * lower_half(g).T
    pulled = gq + conj(q) @ (inside + adjoint(inside))
    return swap(np.linalg.solve(r, swap(pulled)))


def qr_jvp(t: Array, out: Array, a: Any) -> Array:
    m = a.shape[-2]
    q, r = out[..., :m, :], out[..., m:, :]
    behind = swap(np.linalg.solve(swap(r), swap(t)))
    inside = adjoint(q) @ behind
    inside = (inside + adjoint(inside)) * lower_half(t).T
    return np.concatenate([behind - q @ inside, inside @ r], axis=-2)


packed_qr = differentiable(q_and_r, [qr_vjp], [qr_jvp], name="qr")


@composed(np.linalg.qr)
def qr(a: Array, mode: str = "reduced") -> Any:
    m, n = a.shape[-2:]
    if m < n:
        raise GradientError(
            f"np.linalg.qr: a matrix of {m} rows and {n} columns has no derivative rule here, it "
            "needs at least as many rows: q, r = np.linalg.qr(a[..., :m]), and q.mT.conj() @ "
            "a[..., m:] are the remaining columns of r"
        )
    if mode not in ("reduced", "r") and not (mode == "complete" and m == n):
        raise only_setting("qr", "mode", mode, "mode='reduced' and mode='r' have one")
    packed = packed_qr(a)
    q, r = packed[..., :m, :], packed[..., m:, :]
    return r if mode == "r" else QRResult(q, r)


def over_gaps(c: Array, gaps: Array) -> Array:
    """c / gaps off the diagonal and 0 on it; 0 where c is 0."""
    eye = identity(gaps)
    return elementwise.quotient(c * (1 - eye), gaps + eye)


def vectors_and_values(a: Array, UPLO: Any = "L") -> Array:
    w, v = np.linalg.eigh(a, UPLO)
    return np.concatenate([v, w[..., None, :]], axis=-2)


def eigh_vjp(g: Array, out: Array, a: Any, UPLO: Any = "L") -> Array:
    v, w = out[..., :-1, :], real(out[..., -1:, :])
    inside = over_gaps(swap(v) @ g[..., :-1, :], w - swap(w)) + g[..., -1:, :] * identity(g)
    return in_triangle(conj(v) @ inside @ swap(v), UPLO)


def eigh_jvp(t: Array, out: Array, a: Any, UPLO: Any = "L") -> Array:
    v, w = out[..., :-1, :], real(out[..., -1:, :])
    inside = adjoint(v) @ from_triangle(t, UPLO) @ v
    moved = np.sum(real(inside) * identity(t), axis=-2, keepdims=True)
    return np.concatenate([v @ over_gaps(inside, w - swap(w)), moved], axis=-2)


def eigvalsh_vjp(g: Array, out: Any, a: Array, UPLO: Any = "L") -> Array:
    v = np.linalg.eigh(a, UPLO)[1]
    return in_triangle((conj(v) * g[..., None, :]) @ swap(v), UPLO)


def eigvalsh_jvp(t: Array, out: Any, a: Array, UPLO: Any = "L") -> Array:
    v = np.linalg.eigh(a, UPLO)[1]
    return np.sum(real(conj(v) * (from_triangle(t, UPLO) @ v)), axis=-2)


packed_eigh = differentiable(vectors_and_values, [eigh_vjp], [eigh_jvp], name="eigh")
eigvalsh = differentiable(np.linalg.eigvalsh, [eigvalsh_vjp], [eigvalsh_jvp])


@composed(np.linalg.eigh)
def eigh(a: Array, UPLO: Any = "L") -> Any:
    packed = packed_eigh(a, UPLO=UPLO)
    return EighResult(real(packed[..., -1, :]), packed[..., :-1, :])


def general_vectors_and_values(a: Array) -> Array:
    w, v = np.linalg.eig(a)
    return np.concatenate([v, w[..., None, :]], axis=-2)


def largest_component(v: Array) -> Array:
    """Mark the component of each column that LAPACK made real, which is the largest."""
    sizes = np.where(np.imag(v) == 0, np.abs(v), -1)
    return np.arange(v.shape[-2])[:, None] == np.argmax(sizes, axis=-2)[..., None, :]


def eig_vjp(g: Array, out: Array, a: Any) -> Array:
    v, w, gv = out[..., :-1, :], out[..., -1:, :], g[..., :-1, :]
    along = np.sum(gv * v, axis=-2, keepdims=True)
    gv = gv - real(along) * conj(v)
    if v.dtype.kind == "c" and v.shape[-1]:
        pivot = largest_component(values_of(v))
        height = np.sum(np.where(pivot, real(v), 0), axis=-2, keepdims=True)
        gv = gv - 1j * np.imag(along) / height * pivot
    inside = over_gaps(swap(v) @ gv, w - swap(w)) + g[..., -1:, :] * identity(g)
    return np.linalg.solve(swap(v), inside @ swap(v))


def eig_jvp(t: Array, out: Array, a: Any) -> Array:
    v, w = out[..., :-1, :], out[..., -1:, :]
    inside = np.linalg.solve(v, t @ v)
    turned = v @ over_gaps(inside, w - swap(w))
    moved = turned - v * np.sum(real(conj(v) * turned), axis=-2, keepdims=True)
    if v.dtype.kind == "c" and v.shape[-1]:
        pivot = largest_component(values_of(v))
        height = np.sum(np.where(pivot, real(v), 0), axis=-2, keepdims=True)
        tilt = np.sum(np.where(pivot, np.imag(turned), 0), axis=-2, keepdims=True)
        moved = moved - 1j * v * (tilt / height)
    values = np.sum(inside * identity(inside), axis=-2, keepdims=True)
    return np.concatenate([moved, values], axis=-2)


packed_eig = differentiable(general_vectors_and_values, [eig_vjp], [eig_jvp], name="eig")


@composed(np.linalg.eig)
def eig(a: Array) -> Any:
    packed = packed_eig(a)
    return EigResult(packed[..., -1, :], packed[..., :-1, :])


@composed(np.linalg.eigvals)
def eigvals(a: Array) -> Array:
    return packed_eig(a)[..., -1, :]


def singular_vectors_and_values(a: Array) -> Array:
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return np.concatenate([u, s[..., None, :], swap(vh)], axis=-2)


def parts_of_svd(packed: Array, m: int) -> tuple[Array, Array, Array]:
    """U, the row of singular values, and V."""
    return packed[..., :m, :], real(packed[..., m : m + 1, :]), conj(packed[..., m + 1 :, :])


def svd_vjp(g: Array, out: Array, a: Any) -> Array:
    m, n = a.shape[-2:]
    k = min(m, n)
    (u, s, v), (gu, gs, gv) = parts_of_svd(out, m), parts_of_svd(g, m)
    by_u, by_v = swap(u) @ gu, swap(v) @ gv
    # Not over the difference of squares, which float32 cannot hold of small and large values.
    left, right = over_gaps(by_u, s - swap(s)), over_gaps(by_v, s - swap(s))
    together = left + adjoint(left) + right + adjoint(right)
    turned_apart = by_u - adjoint(by_u) - by_v + adjoint(by_v)
    apart = elementwise.quotient(turned_apart, s + swap(s))
    inside = (together + apart) / 2 + gs * (s != 0) * identity(s)
    pulled = conj(u) @ inside @ swap(v)
    if m > k:
        pulled = pulled + elementwise.quotient(gu - conj(u) @ by_u, s) @ swap(v)
    if n > k:
        pulled = pulled + conj(u) @ adjoint(elementwise.quotient(gv - conj(v) @ by_v, s))
    return pulled


def svd_jvp(t: Array, out: Array, a: Any) -> Array:
    m, n = a.shape[-2:]
    k = min(m, n)
    u, s, v = parts_of_svd(out, m)
    inside = adjoint(u) @ t @ v
    together = over_gaps(inside, s - swap(s))
    together = together - adjoint(together)
    apart = elementwise.quotient(inside - adjoint(inside), s + swap(s))
    du, dv = u @ (together + apart) / 2, v @ (together - apart) / 2
    if m > k:
        du = du + elementwise.quotient(t @ v - u @ inside, s)
    if n > k:
        dv = dv + elementwise.quotient(adjoint(t) @ u - v @ adjoint(inside), s)
    ds = np.sum(real(inside) * identity(s), axis=-2, keepdims=True) * (s != 0)
    return np.concatenate([du, ds, conj(dv)], axis=-2)


def svdvals_vjp(g: Array, out: Array, a: Array) -> Array:
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return (conj(u) * (g * (out != 0))[..., None, :]) @ conj(vh)


def svdvals_jvp(t: Array, out: Array, a: Array) -> Array:
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return np.sum(real(conj(u) * (t @ adjoint(vh))), axis=-2) * (out != 0)


def singular_values(a: Array) -> Array:
    return np.linalg.svd(a, compute_uv=False)


packed_svd = differentiable(singular_vectors_and_values, [svd_vjp], [svd_jvp], name="svd")
values_alone = differentiable(singular_values, [svdvals_vjp], [svdvals_jvp], name="svdvals")


@composed(np.linalg.svd)
def svd(
    a: Array, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    if hermitian:
        return svd_of_hermitian(a, compute_uv)
    if not compute_uv:
        return values_alone(a)
    m, n = a.shape[-2:]
    if full_matrices and m != n:
        raise only_setting(
            "svd", "full_matrices", True,
            f"of a matrix of {m} rows and {n} columns, further singular vectors are not unique; "
            "write full_matrices=False",
        )  # fmt: skip
    packed = packed_svd(a)
    s = real(packed[..., m, :])
    return SVDResult(packed[..., :m, :], s, swap(packed[..., m + 1 :, :]))


def svd_of_hermitian(a: Array, compute_uv: bool) -> Any:
    """Take the singular values |w|, the largest first, from the eigenvalues w."""
    w, v = np.linalg.eigh(a) if compute_uv else (np.linalg.eigvalsh(a), None)
    values = values_of(w)
    order = np.flip(np.argsort(np.abs(values), axis=-1), axis=-1)
    # A product with a permutation, and not an index, which tg.vmap could not follow.
    is_taken = np.arange(a.shape[-1])[:, None] == order[..., None, :]
    permutation = is_taken.astype(np.finfo(a.dtype).dtype)
    s = (np.abs(w)[..., None, :] @ permutation)[..., 0, :]
    if v is None:
        return s
    signed = (v * np.sign(values)[..., None, :]) @ permutation
    return SVDResult(v @ permutation, s, adjoint(signed))


@composed(np.linalg.svdvals)
def svdvals(x: Array) -> Array:
    return values_alone(x)


# Norms


def power_norm(a: Array, ord: Any, axis: Any) -> Array:
    return np.linalg.norm(a, ord, axis)


def norm_slope(out: Array, a: Array, ord: Any, axis: Any) -> Array:
    """The derivative of (Σ |a|ᵖ)^(1/p): sign(a) (|a| / out)^(p - 1), and 0 where the norm is 0."""
    out = out if axis is None else np.expand_dims(out, axis)
    zero = out == 0
    ratio = conj(a) / np.where(zero, np.inf, out)
    if ord in (None, 2, "fro"):
        return ratio
    squared = real(ratio * conj(ratio))
    if ord < 2:
        zero = np.logical_or(zero, a == 0)
    return ratio * np.where(zero, 1, squared) ** ((ord - 2) / 2)


def norm_vjp(g: Array, out: Array, a: Array, ord: Any = None, axis: Any = None) -> Array:
    spread = g if axis is None else np.expand_dims(g, axis)
    return elementwise.product(spread, norm_slope(out, a, ord, axis))


def norm_jvp(t: Array, out: Array, a: Array, ord: Any = None, axis: Any = None) -> Array:
    return np.sum(real(t * norm_slope(out, a, ord, axis)), axis=axis)


root_of_powers = differentiable(power_norm, [norm_vjp], [norm_jvp], name="norm")


@composed(np.linalg.norm)
def norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    x = floating(x)
    if axis is None and (ord is None or (x.ndim == 2 and ord in ("f", "fro"))
                         or (x.ndim == 1 and ord == 2)):  # fmt: skip
        axes, reduced = tuple(range(x.ndim)), root_of_powers(x, ord=None, axis=None)
    else:
        given = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        axes = tuple(operator.index(one) for one in given)
        if any(not -x.ndim <= one < x.ndim for one in axes):
            raise np.exceptions.AxisError(f"np.linalg.norm: axis={axis} of shape {x.shape}")
        axes = tuple(one % x.ndim for one in axes)
        if len(axes) == 1:
            reduced = norm_of_vectors(x, ord, axes[0])
        elif len(set(axes)) == 2:
            reduced = norm_of_matrices(x, ord, axes)
        else:
            raise ValueError(
                f"np.linalg.norm: axis={axis} of shape {x.shape}; a norm is of a vector or a matrix"
            )
    return np.expand_dims(reduced, axes) if keepdims else reduced


def floating(x: Array) -> Array:
    return x if x.dtype.kind in "fc" else x.astype(float)


def norm_of_vectors(x: Array, ord: Any, axis: int) -> Array:
    if isinstance(ord, str):
        raise ValueError(f"np.linalg.norm: ord={ord!r} is a norm of matrices, not of vectors")
    if ord == np.inf:
        return largest(np.abs(x), axis)
    if ord == -np.inf:
        return np.min(np.abs(x), axis=axis)
    if ord == 0:
        return np.sum(values_of(x) != 0, axis=axis).astype(np.finfo(x.dtype).dtype)
    if ord == 1:
        return np.sum(np.abs(x), axis=axis)
    return root_of_powers(x, ord=ord, axis=axis)


def norm_of_matrices(x: Array, ord: Any, axes: tuple[int, ...]) -> Array:
    if ord in (None, "fro", "f"):
        return root_of_powers(x, ord="fro", axis=axes)
    if ord in (1, -1, np.inf, -np.inf):
        row, column = axes if abs(ord) == 1 else axes[::-1]
        sums = np.sum(np.abs(x), axis=row)
        column -= column > row
        return largest(sums, column) if ord > 0 else np.min(sums, axis=column)
    if ord in (2, -2, "nuc"):
        values = values_alone(np.moveaxis(x, axes, (-2, -1)))
        if ord == "nuc":
            return np.sum(values, axis=-1)
        return largest(values, -1) if ord == 2 else np.min(values, axis=-1)
    raise ValueError(f"np.linalg.norm: ord={ord!r} is no norm of matrices")


def largest(a: Array, axis: int) -> Array:
    """The maximum of numbers of which none is negative; of none, 0."""
    return np.max(a, axis=axis) if a.shape[axis] else np.sum(a, axis=axis)


@composed(np.linalg.vector_norm)
def vector_norm(x: Array, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Array:
    x = floating(x)
    if axis is None:
        reduced = norm_of_vectors(np.ravel(x), ord, 0)
        return np.reshape(reduced, (1,) * x.ndim) if keepdims else reduced
    axes = axis if isinstance(axis, tuple) else (axis,)
    moved = np.moveaxis(x, axes, tuple(range(len(axes))))
    reduced = norm_of_vectors(np.reshape(moved, (-1, *moved.shape[len(axes) :])), ord, 0)
    return np.expand_dims(reduced, axes) if keepdims else reduced


@composed(np.linalg.matrix_norm)
def matrix_norm(x: Array, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    return norm(x, ord, (-2, -1), keepdims)


@composed(np.linalg.cond)
def cond(x: Array, p: Any = None) -> Array:
    with np.errstate(all="ignore"):
        if p in (None, 2, -2):
            s = values_alone(x)
            number = s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
        else:
            inverse = inverse_or_infinite(x, np.linalg.slogdet(values_of(x))[1])
            number = norm(x, p, (-2, -1)) * norm(inverse, p, (-2, -1))
    is_singular = np.isnan(number) & ~np.any(np.isnan(x), axis=(-2, -1))
    return np.where(is_singular, np.inf, number)[()]


constant(np.linalg.matrix_rank)

OF_STACKS = (
    inv, pinv, det, singular_adjugate, packed_slogdet, cholesky, packed_qr, packed_eigh, eigvalsh,
    packed_eig, packed_svd, values_alone,
)  # fmt: skip
"""The ops that do with a stack of matrices what they do with each."""
