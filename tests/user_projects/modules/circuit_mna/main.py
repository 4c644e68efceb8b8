import numpy as np
from circuit.netlist import Circuit


def diode_bias(r1, r2, isrc):
    c = Circuit('bias')
    c.add('I1', 1, 0, isrc).add('R1', 1, 0, r1).add('R2', 1, 2, r2).add('D1', 2, 0, 1e-9)
    return c.dc(guess=0.5)


def rc_ladder(R, C, dt):
    c = Circuit()
    c.add('I1', 1, 0, 1e-3)
    c.add('R0', 1, 0, 1000.)
    for k, (r, cap) in enumerate(zip(R, C), 1):
        c.add('R%d' % k, k, k + 1, r)
        c.add('C%d' % k, k + 1, 0, cap)
    return c.transient(dt, 6)[-1]


PROGRAMS = [
    (diode_bias, (1000., 220., 2e-3)),
    (rc_ladder, (np.array([470., 680., 1200.]), np.array([1e-7, 2e-7, .7e-7]), 2e-5)),
]
