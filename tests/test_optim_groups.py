"""Groups: PyTorch's numbers, pure and in-place agreement, memory, derivatives, bad input."""

from __future__ import annotations

import copy
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from optim_cases import assert_same_bits, build, copied, gradients, make_params

import tinygrad_np as tg
from tinygrad_np import optim

every_optimizer = pytest.mark.parametrize(
    "variant",
    ["decay", "nesterov-decay", "adagrad-decay", "rmsprop-momentum", "adamw-decay", "nadam-decay",
     "lion-decay"],
)  # fmt: skip


def ends(*names: str) -> Callable[[str], bool]:
    return lambda path: path.endswith(names)


def starts(name: str) -> Callable[[str], bool]:
    return lambda path: path.startswith(name)


def make_groups() -> list[optim.Group]:
    """Return groups of `make_params`; ``list.1`` is in two, ``block.weights`` in none."""
    return [
        optim.Group(ends("bias", "scalar", "list.1"), weight_decay=0.0),
        optim.Group(starts("list"), lr=0.003),
        optim.Group(ends("pair.weights"), lr=optim.cosine(0.02, steps=50), weight_decay=0.3),
        optim.Group(starts("empty"), frozen=True),
    ]


def run(optimizer: optim.Optimizer, params: Any, steps: int) -> Any:
    for _ in range(steps):
        optimizer.step(params, gradients(params))
    return params


@every_optimizer
def test_each_parameter_changes_as_if_its_settings_were_for_all(variant: str) -> None:
    params = run(build(variant, groups=make_groups()), make_params(), 20)
    paths = tg.tree.paths(params)
    found = dict(zip(paths, tg.tree.leaves(params), strict=True))
    for path, settings in {
        "pair.weights": {"lr": optim.cosine(0.02, steps=50), "weight_decay": 0.3},
        "pair.bias": {"weight_decay": 0.0},
        "list.0": {"lr": 0.003},
        "list.1": {"lr": 0.003, "weight_decay": 0.0},
        "block.weights": {},
        "scalar": {"weight_decay": 0.0},
    }.items():
        alone = run(build(variant, **settings), make_params(), 20)
        np.testing.assert_array_equal(found[path], tg.tree.leaves(alone)[paths.index(path)])


@every_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("options", [{}, {"clip_norm": 1.0}, {"clip_value": 0.1}])
def test_update_and_step_agree_to_the_last_bit(variant: str, dtype: Any, options: Any) -> None:
    groups = [*make_groups(), optim.Group(ends("block.weights"), frozen=True)]
    in_place, pure = (build(variant, groups=groups, **options) for _ in range(2))
    changed, params = make_params(dtype), make_params(dtype)
    state = pure.init(params)
    for _ in range(20):
        in_place.step(changed, gradients(changed))
        params, state = pure.update(gradients(params), state, params)
    assert_same_bits((changed, in_place.state), (params, state))


@pytest.mark.parametrize("kind", ["SGD", "AdamW", "NAdam", "Adagrad"])
def test_agrees_with_pytorch(kind: str) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=3) for name in ("weights", "bias", "table")}
    theirs = {name: torch.tensor(p, requires_grad=True) for name, p in params.items()}
    their_optimizer = getattr(torch.optim, kind)(
        [
            {"params": [theirs["weights"]]},
            {"params": [theirs["bias"]], "weight_decay": 0.0},
            {"params": [theirs["table"]], "lr": 0.001, "weight_decay": 0.5},
        ],
        lr=0.01,
        weight_decay=0.1,
    )
    optimizer = getattr(optim, kind)(
        0.01,
        weight_decay=0.1,
        groups=[
            optim.Group(starts("bias"), weight_decay=0.0),
            optim.Group(starts("table"), lr=0.001, weight_decay=0.5),
        ],
    )
    for _ in range(100):
        grads = {name: rng.normal(size=3) for name in params}
        optimizer.step(params, grads)
        for name, tensor in theirs.items():
            tensor.grad = torch.tensor(grads[name])
        their_optimizer.step()
    tolerance = 1e-6 if kind == "NAdam" else 1e-12  # it keeps a number in float32
    for name, tensor in theirs.items():
        np.testing.assert_allclose(params[name], tensor.detach().numpy(), rtol=tolerance)


# Frozen


@every_optimizer
def test_frozen_parameters_and_their_moments_stay_as_they_are(variant: str) -> None:
    params = make_params()
    optimizer = build(variant)
    run(optimizer, params, 3)
    before = copied((params, optimizer.state))
    optimizer.groups = [optim.Group(starts("pair"), frozen=True)]
    pure = optimizer.update(gradients(params), optimizer.state, params)
    run(optimizer, params, 1)
    assert_same_bits((params, optimizer.state), pure)
    assert_same_bits(params["pair"], before[0]["pair"])
    assert not np.array_equal(params["block"].weights, before[0]["block"].weights)
    for name in optimizer.moments:
        for path, moment in before[1][name].items():
            same = np.array_equal(optimizer.state[name][path], moment)
            assert same == (path.startswith("pair") or moment.size == 0)
    assert not any(
        np.shares_memory(a, b) for a in tg.tree.leaves(pure) for b in tg.tree.leaves(params)
    )


def test_gradients_of_frozen_parameters_are_not_counted() -> None:
    groups = [optim.Group(starts("frozen"), frozen=True)]
    optimizer = optim.SGD(1.0, clip_norm=1.0, groups=groups)
    params = {"frozen": np.zeros(1), "free": np.zeros(2)}
    grads = {"frozen": np.array([np.nan]), "free": np.array([3.0, 4.0])}
    new, _ = optimizer.update(grads, optimizer.init(params), params)
    optimizer.step(params, grads)
    assert_same_bits(new, params)
    np.testing.assert_allclose(params["free"], [-0.6, -0.8])
    np.testing.assert_array_equal(params["frozen"], [0.0])


def test_all_may_be_frozen() -> None:
    optimizer = optim.Adam(groups=[optim.Group(lambda path: True, frozen=True)], clip_norm=1.0)
    params = run(optimizer, make_params(), 2)
    assert_same_bits(params, make_params())
    assert optimizer.state["step"] == 2


def test_frozen_parameters_may_be_let_go() -> None:
    groups = [optim.Group(starts("pair"), frozen=True)]
    optimizer = optim.AdamW(0.1, groups=groups)
    params = run(optimizer, make_params(), 2)
    optimizer.groups = ()
    run(optimizer, params, 1)
    assert not np.array_equal(params["pair"].weights, make_params()["pair"].weights)

    other = optim.AdamW(0.1, groups=groups)
    other_params = run(other, make_params(), 2)
    groups[0].frozen = False
    run(other, other_params, 1)
    assert_same_bits(other_params, params)


# The walk


@every_optimizer
def test_step_allocates_nothing_after_its_first_call(variant: str) -> None:
    groups = [
        optim.Group(starts("w"), lr=optim.cosine(0.1, 100), weight_decay=0.1),
        optim.Group(starts("b"), weight_decay=0.0),
        optim.Group(starts("f"), frozen=True),
    ]
    optimizer = build(variant, groups=groups)
    params = {name: np.ones((200, 500), np.float32) for name in "wbfx"}
    grads = copied(params)
    optimizer.step(params, grads)
    tracemalloc.start()
    try:
        for _ in range(3):
            optimizer.step(params, grads)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000  # one of the arrays takes 400,000


def test_settings_of_a_group_may_change_between_steps() -> None:
    group = optim.Group(starts("b"), lr=1.0)
    optimizer = optim.SGD(0.5, groups=[group])
    params = {"w": np.zeros(1), "b": np.zeros(1)}
    grads = {"w": np.ones(1), "b": np.ones(1)}
    optimizer.step(params, grads)
    group.lr = 0.25
    optimizer.step(params, grads)
    np.testing.assert_array_equal([params["w"], params["b"]], [[-1.0], [-1.25]])
    group.weight_decay = 0.4
    optimizer.step(params, grads)
    np.testing.assert_allclose([params["w"], params["b"]], [[-1.5], [-1.25 - 0.25 * 0.5]])


def test_groups_may_be_set_between_steps() -> None:
    optimizer = optim.SGD(1.0)
    params = {"w": np.zeros(1), "b": np.zeros(1)}
    grads = {"w": np.ones(1), "b": np.ones(1)}
    optimizer.step(params, grads)
    optimizer.groups = [optim.Group(starts("b"), lr=0.5)]
    optimizer.step(params, grads)
    optimizer.groups += (optim.Group(starts("w"), frozen=True),)
    optimizer.step(params, grads)
    np.testing.assert_array_equal([params["w"], params["b"]], [[-2.0], [-2.0]])


def test_arrays_under_other_paths_are_in_other_groups() -> None:
    optimizer = optim.SGD(1.0, groups=[optim.Group(starts("a"), lr=0.5)])
    one, other, grad = np.zeros(1), np.zeros(1), np.ones(1)
    optimizer.step({"a": one, "b": other}, {"a": grad, "b": grad})
    optimizer.step({"b": one, "a": other}, {"b": grad, "a": grad})
    np.testing.assert_array_equal([one, other], [[-1.5], [-1.5]])


def test_predicates_see_the_paths_of_a_model() -> None:
    seen = []

    def predicate(path: str) -> bool:
        seen.append(path)
        return path.endswith("bias")

    params = {"layers": [{"weights": np.ones(2), "bias": np.ones(2)}], "bias": np.ones(2)}
    optimizer = optim.SGD(0.5, weight_decay=1.0, groups=[optim.Group(predicate, weight_decay=0.0)])
    for _ in range(3):
        optimizer.step(params, tg.tree.map(np.zeros_like, params))
    assert seen == ["layers.0.weights", "layers.0.bias", "bias"]
    np.testing.assert_allclose(params["layers"][0]["weights"], 0.125)
    np.testing.assert_array_equal(params["layers"][0]["bias"], 1.0)


def test_a_copied_optimizer_is_independent() -> None:
    params = make_params()
    optimizer = build("adamw-decay", groups=make_groups())
    run(optimizer, params, 2)
    other, other_params = copy.deepcopy((optimizer, params))
    run(other, other_params, 2)
    run(optimizer, params, 2)
    assert_same_bits((params, optimizer.state), (other_params, other.state))


def test_derivative_with_respect_to_the_settings_of_a_group() -> None:
    params = {"w": np.array([1.0, 2.0]), "b": np.array([3.0])}

    def loss(lr: Any, decay: Any) -> Any:
        group = optim.Group(starts("b"), lr=lr, weight_decay=decay)
        new, state = params, optim.Momentum(0.1).init(params)
        for _ in range(2):
            new, state = optim.Momentum(0.1, groups=[group]).update(new, state, new)
        return np.sum(new["w"] ** 2) + np.sum(new["b"] ** 2)

    tg.testing.check_grads(loss, (0.2, 0.3))
    assert tg.grad(loss, 1)(0.2, 0.0) != 0


def test_update_with_frozen_parameters_can_be_differentiated() -> None:
    def loss(w: Any, f: Any) -> Any:
        optimizer = optim.SGD(0.5, groups=[optim.Group(starts("f"), frozen=True)])
        params = {"w": w, "f": f}
        new, _ = optimizer.update(params, optimizer.init(params), params)
        return np.sum(new["w"] * new["f"])

    slopes = tg.grad(loss, (0, 1))(np.array([2.0]), np.array([3.0]))
    np.testing.assert_allclose(slopes, [[1.5], [1.0]])


def test_groups_are_shown() -> None:
    group = optim.Group(str.isupper, lr=optim.constant(0.5), weight_decay=0.0)
    assert repr(group) == f"Group({str.isupper!r}, lr=constant(lr=0.5), weight_decay=0.0)"
    assert repr(optim.Group(str.isupper, frozen=True)).endswith(", frozen=True)")
    assert repr(optim.SGD(0.1, groups=[group])) == (
        f"SGD(lr=0.1, weight_decay=0.0, groups=({group!r},), momentum=0.0, nesterov=False)"
    )


# Bad input


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: optim.Group("bias", lr=0.1), TypeError, "Group: predicate='bias'; .* function"),
        (lambda: optim.Group(ends("b")), ValueError, "Group: give what is different"),
        (lambda: optim.Group(ends("b"), lr=0.0), ValueError, "Group: lr=0.0; expected"),
        (lambda: optim.Group(ends("b"), lr=np.nan), ValueError, "Group: lr=nan"),
        (lambda: optim.Group(ends("b"), lr="0.1"), TypeError, "Group: lr='0.1'"),
        (lambda: optim.Group(ends("b"), weight_decay=-1), ValueError, "Group: weight_decay=-1"),
        (lambda: optim.SGD(0.1, groups=[1]), TypeError, r"SGD: groups=\[1\]; .* list of optim"),
        (lambda: optim.SGD(0.1, groups=ends("b")), TypeError, "SGD: groups=<function"),
        (
            lambda: optim.SGD(0.1, groups=optim.Group(ends("b"), lr=0.1)),
            TypeError,
            r"SGD: groups=Group\(.*\); expected a list of optim.Group",
        ),
    ],
)
def test_settings_out_of_range(
    make: Callable[[], Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        make()


def bad_groups(*groups: Any) -> list[Any]:
    return [optim.Group(ends("b"), weight_decay=0.0), *groups]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (
            bad_groups(optim.Group(ends("offset"), lr=0.1)),
            r"no parameter is in groups\[1\], Group\(.*lr=0.1\); their paths are \['w', 'b'\]",
        ),
        (
            bad_groups(optim.Group(lambda path: True, weight_decay=0.0)),
            r"groups\[0\] and groups\[1\] both set the weight_decay of 'b'",
        ),
        (
            bad_groups(optim.Group(ends("w"), lr=1.0), optim.Group(ends("w"), lr=lambda s: 1.0)),
            r"groups\[1\] and groups\[2\] both set the lr of 'w'",
        ),
    ],
)
@pytest.mark.parametrize("steps_before", [0, 1])
def test_groups_that_do_not_fit(groups: Any, message: str, steps_before: int) -> None:
    params = {"w": np.ones(2), "b": np.ones(2)}
    optimizer = optim.Momentum(0.1)
    for _ in range(steps_before):
        optimizer.step(params, copied(params))
    state = optimizer.init(params)
    before = copied((params, optimizer.state))
    optimizer.groups = groups
    with pytest.raises(ValueError, match=f"Momentum.step: {message}"):
        optimizer.step(params, copied(params))
    with pytest.raises(ValueError, match=f"Momentum.update: {message}"):
        optimizer.update(copied(params), state, params)
    assert_same_bits((params, optimizer.state), before)
    optimizer.groups = bad_groups()
    optimizer.step(params, copied(params))


@pytest.mark.parametrize("rate", [-1.0, np.nan, np.inf, "fast", None])
def test_schedule_of_a_group_that_returns_no_learning_rate(rate: Any) -> None:
    group = optim.Group(ends("b"), lr=lambda step: rate if step == 1 else 0.1)
    optimizer = optim.Momentum(0.1, groups=[group])
    params = {"w": np.ones(2), "b": np.ones(2)}
    optimizer.step(params, copied(params))
    before = copied((params, optimizer.state))
    with pytest.raises(
        (ValueError, TypeError), match=rf"Momentum: groups\[0\].lr\(1\)={rate!r}; expected"
    ):
        optimizer.step(params, copied(params))
    assert_same_bits((params, optimizer.state), before)


@pytest.mark.parametrize("groups", [None, [lambda path: True], "bias"])
def test_what_is_no_list_of_groups(groups: Any) -> None:
    optimizer = optim.SGD(0.1)
    with pytest.raises(TypeError, match=r"SGD: groups=.*expected a list of optim.Group"):
        optimizer.groups = groups
    assert optimizer.groups == ()


def test_a_predicate_that_fails_is_not_hidden() -> None:
    optimizer = optim.SGD(0.1, groups=[optim.Group(lambda path: path[99], lr=1.0)])
    with pytest.raises(IndexError):
        optimizer.step([np.ones(1)], [np.ones(1)])
