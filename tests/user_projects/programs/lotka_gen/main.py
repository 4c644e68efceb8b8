import numpy as np


def lv_generator(x, y, a, b, c, d, dt):
    while True:
        yield x, y
        xm = x + 0.5 * dt * (a * x - b * x * y)
        ym = y + 0.5 * dt * (-c * y + d * x * y)
        x, y = x + dt * (a * xm - b * xm * ym), y + dt * (-c * ym + d * xm * ym)


def take(n, it):
    out = []
    for i, v in enumerate(it):
        if i >= n:
            break
        out.append(v)
    return out


def populations(x0, y0, a, b):
    traj = np.array(take(30, lv_generator(x0, y0, a, b, 1.5, 0.75, 0.05)))
    return traj[:, 0].mean(), traj[-1, 1]


PROGRAMS = [(populations, (10.0, 5.0, 1.5, 0.3))]
