import numpy as np

# Lotka-Volterra + chemostat, odeint replaced with fixed-step Heun


def lotka_volterra(state, alpha, beta, delta, gamma):
    x, y = state
    return np.array([alpha*x - beta*x*y, delta*x*y - gamma*y])


def heun(rhs, x0, dt, n, **kw):
    traj = [np.array(x0, dtype=float)]
    for _ in range(n):
        x = traj[-1]
        f0 = rhs(x, **kw)
        f1 = rhs(x + dt*f0, **kw)
        traj.append(x + 0.5*dt*(f0 + f1))
    return np.stack(traj)


def chemostat(state, mu_max, Ks, D, S_in, Y=0.5):
    X, S = state
    mu = mu_max * S / (Ks + S)
    return np.array([(mu - D) * X, D * (S_in - S) - mu * X / Y])


def predator_peak(alpha, beta, x0):
    kw = dict(alpha=alpha, beta=beta, delta=0.1, gamma=0.8)
    tr = heun(lotka_volterra, x0, 0.05, 120, **kw)
    return tr[-1, 1] / tr[:, 0].mean()


def chemostat_final(mu_max, Ks, D, S_in):
    return heun(chemostat, [0.2, 4.0], 0.1, 100, mu_max=mu_max, Ks=Ks, D=D, S_in=S_in)[-1]


PROGRAMS = [
    (predator_peak, (1.1, 0.4, np.array([10.0, 2.0]))),
    (chemostat_final, (0.6, 1.2, 0.25, 5.0)),
]
