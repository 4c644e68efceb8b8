import numpy as np
from . import eos


def physical(U):
    rho, mom, E = U
    p = eos.pressure(rho, mom, E)
    u = mom / rho
    return np.array([mom, mom * u + p, (E + p) * u])


def rusanov(UL, UR):
    def speed(U):
        p = eos.pressure(*U)
        return np.abs(U[1] / U[0]) + eos.sound_speed(U[0], p)
    s = np.maximum(speed(UL), speed(UR))
    return 0.5 * (physical(UL) + physical(UR)) - 0.5 * s * (UR - UL)


def hll(UL, UR):
    uL, uR = UL[1] / UL[0], UR[1] / UR[0]
    cL = eos.sound_speed(UL[0], eos.pressure(*UL))
    cR = eos.sound_speed(UR[0], eos.pressure(*UR))
    SL = np.minimum(uL - cL, uR - cR)
    SR = np.maximum(uL + cL, uR + cR)
    FL, FR = physical(UL), physical(UR)
    F = (SR * FL - SL * FR + SL * SR * (UR - UL)) / (SR - SL)
    return np.where(SL >= 0, FL, np.where(SR <= 0, FR, F))


SCHEMES = dict(rusanov=rusanov, hll=hll)
