import numpy as np


def lbm_channel(u_in, tau, nx=8, ny=6, steps=6):
    """D2Q9 lattice Boltzmann, periodic in x, bounce back walls, returns mean profile."""
    c = np.array([(x, y) for x in [0, -1, 1] for y in [0, -1, 1]])
    w = 1. / 36. * np.ones(9)
    norm_ci = np.array([np.linalg.norm(ci) for ci in c])
    w[norm_ci < 1.1] = 1. / 9.
    w[0] = 4. / 9.
    noslip = [c.tolist().index((-c[i]).tolist()) for i in range(9)]

    def equilibrium(rho, u):
        cu = 3.0 * np.dot(c, u.transpose(1, 0, 2))
        usqr = 3. / 2. * (u[0] ** 2 + u[1] ** 2)
        feq = np.zeros((9, nx, ny))
        for i in range(9):
            feq[i, :, :] = rho * w[i] * (1. + cu[i] + 0.5 * cu[i] ** 2 - usqr)
        return feq

    obstacle = np.zeros((nx, ny), dtype=bool)
    obstacle[:, 0] = obstacle[:, -1] = True
    obstacle[3, 2] = True
    vel = np.fromfunction(lambda d, x, y: (1 - d) * (1.0 + 1e-1 * np.sin(y / (ny - 1) * 2 * np.pi)), (2, nx, ny)) * u_in
    fin = equilibrium(1.0, vel)
    for t in range(steps):
        rho = np.sum(fin, axis=0)
        u = np.dot(c.transpose(), fin.transpose((1, 0, 2))) / rho
        feq = equilibrium(rho, u)
        fout = fin - (fin - feq) / tau
        for i in range(9):
            fout[i, obstacle] = fin[noslip[i], obstacle]
        for i in range(9):
            fin[i, :, :] = np.roll(np.roll(fout[i, :, :], c[i, 0], axis=0), c[i, 1], axis=1)
    return u[0].mean(axis=0)


PROGRAMS = [(lbm_channel, (0.06, 0.7))]
