"""runner for the dynsys package"""
from dynsys import systems, integrators
from dynsys.analysis import energy_like, rms
from numpy import array, linspace
import numpy as np


def run_vdp(x0, mu):
    sysm = systems.VanDerPol(mu)
    sol = integrators.solve(sysm, x0, 0.0, 3.0, 60, method='rk4')
    return rms(sol[:, 0])


def run_duffing(alpha, beta, delta):
    sysm = systems.get('duffing', alpha=alpha, beta=beta, delta=delta)
    sol = integrators.solve(sysm, array([0.5, 0.0]), 0.0, 2.0, 50, method='ab2')
    return energy_like(sol, alpha, beta)


PROGRAMS = [(run_vdp, (array([1.0, 0.2]), 1.1)), (run_duffing, (-1.0, 1.0, 0.2))]
