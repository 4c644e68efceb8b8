import numpy as np
import atmosphere as atm
from aero import DragPolar


def cruise_fuel(range_km, h, V, m0):
    polar = DragPolar(0.022, 0.045)
    c = 1.6e-5
    rho = atm.density(h)
    m = m0
    n = 20
    dx = range_km * 1e3 / n
    for i in range(n):
        D = polar.drag(rho, V, 122.0, m * 9.80665)
        m -= c * D * dx / V
    return m0 - m


def best_glide(h, m):
    polar = DragPolar(0.025, 0.04)
    rho = atm.density(h)
    V = polar.v_min_drag(rho, 30.0, m * 9.80665)
    return V, V / atm.speed_of_sound(h), polar.ld_max()


PROGRAMS = [(cruise_fuel, (1500.0, 10000.0, 230.0, 65000.0)), (best_glide, (3000.0, 1200.0))]
