import numpy as np


def friction_factor(Re, rel_rough):
    """Darcy friction factor, Colebrook-White by fixed point, Swamee-Jain start"""
    if Re < 2300:
        return 64. / Re
    f = 0.25 / np.log10(rel_rough / 3.7 + 5.74 / Re**0.9)**2
    for i in range(50):
        fold = f
        f = 1 / (-2 * np.log10(rel_rough / 3.7 + 2.51 / (Re * np.sqrt(f))))**2
        if abs(f - fold) < 1e-15:
            break
    return f


def head_loss(Q, D, L, eps, nu=1.004e-6, g=9.81):
    V = Q / (np.pi * D**2 / 4)
    Re = V * D / nu
    return friction_factor(Re, eps / D) * L / D * V**2 / (2 * g)


PROGRAMS = [
    (head_loss, (0.03, 0.15, 250.0, 4.5e-5)),
]
