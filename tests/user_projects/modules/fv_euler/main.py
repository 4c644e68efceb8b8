import numpy as np
from solver.grid import Simulation, minmod
from solver import eos


def smooth_pulse(rho, u, p):
    s = Simulation(rho, u, p, 0.1, flux='rusanov').advance(0.01, 5)
    return s.U[0]


def muscl(rho, p, dt):
    s = Simulation(rho, 0.05 * np.ones_like(rho), p, 0.1, limiter=minmod)
    s.advance(dt, 4)
    return eos.pressure(*s.U)


x = np.linspace(0, 1, 10)
rho = 1 + .5 * np.exp(-20 * (x - .43) ** 2)
p = 1 + .8 * np.exp(-25 * (x - .37) ** 2)
PROGRAMS = [(smooth_pulse, (rho, .3 * np.sin(2.3 * x + .1), p)), (muscl, (rho, p, 0.012))]
