from dataclasses import dataclass, field, asdict
from typing import NamedTuple, Optional
import numpy as np


class State(NamedTuple):
    S: float
    E: float
    I: float
    R: float

    @property
    def total(self):
        return self.S + self.E + self.I + self.R


@dataclass
class Params:
    beta: float = 0.4
    sigma: float = 0.2
    gamma: float = 0.1
    contact: Optional[np.ndarray] = None

    def __post_init__(self):
        if self.gamma <= 0:
            raise ValueError("gamma must be positive")

    @property
    def r0(self):
        return self.beta / self.gamma


@dataclass
class SEIR:
    params: Params
    dt: float = 0.5
    history: list = field(default_factory=list)

    def derivatives(self, s: State) -> State:
        p = self.params
        N = s.total
        new_inf = p.beta * s.S * s.I / N
        return State(-new_inf, new_inf - p.sigma * s.E, p.sigma * s.E - p.gamma * s.I, p.gamma * s.I)

    def step(self, s: State) -> State:
        k1 = self.derivatives(s)
        mid = State(*[a + 0.5 * self.dt * b for a, b in zip(s, k1)])
        k2 = self.derivatives(mid)
        return State(*(a + self.dt * b for a, b in zip(s, k2)))

    def run(self, init, n):
        s = init
        self.history = [s]
        for _ in range(n):
            s = self.step(s)
            self.history.append(s)
        return self

    def to_array(self):
        return np.array(self.history)


def infected_curve(beta, gamma, i0):
    m = SEIR(Params(beta=beta, gamma=gamma)).run(State(1000.0 - i0, 0.0, i0, 0.0), 30)
    return m.to_array()[:, 2]


def log_sse(beta, sigma, obs):
    m = SEIR(params=Params(beta, sigma), dt=1.0)
    m.run(State(990.0, 5.0, 5.0, 0.0), len(obs) - 1)
    pred = np.array([h.I for h in m.history])
    d = asdict(m.params)
    assert d['gamma'] == 0.1
    return np.sum((np.log(pred) - np.log(obs)) ** 2)


def age_structured(beta, C, gamma, steps):
    """Two or more age groups with contact matrix C."""
    n = C.shape[0]
    S = np.full(n, 0.99)
    I = np.full(n, 0.01)
    peak = np.zeros((steps, n))
    for k in range(steps):
        lam = beta * C @ I
        dS = -lam * S
        dI = -dS - gamma * I
        S, I = S + 0.2 * dS, I + 0.2 * dI
        peak[k] = I
    return peak[-1], S.sum()


PROGRAMS = [
    (infected_curve, (0.5, 0.12, 3.0)),
    (log_sse, (0.45, 0.25, np.array([5., 5.5, 6.4, 7.7, 9.0, 11.2]))),
    (age_structured, (0.3, np.array([[2., .5, .3], [.5, 1.5, .4], [.3, .4, .8]]), 0.2, 20)),
]
