"""
Heat exchanger sizing (process engineering worksheet)
"""
import math
from math import log, exp, pi, sqrt, tanh


def lmtd(Th_in, Th_out, Tc_in, Tc_out, flow='counter'):
    if flow == 'counter':
        dT1 = Th_in - Tc_out
        dT2 = Th_out - Tc_in
    else:
        dT1 = Th_in - Tc_in
        dT2 = Th_out - Tc_out
    if dT1 <= 0 or dT2 <= 0:
        raise ValueError('temperature cross')
    if abs(dT1 - dT2) < 1e-9:
        return dT1
    return (dT1 - dT2) / log(dT1 / dT2)


def effectiveness(NTU, Cr):
    if Cr == 1:
        return NTU / (1 + NTU)
    e = exp(-NTU * (1 - Cr))
    return (1 - e) / (1 - Cr * e)


def dittus_boelter(Re, Pr, heating=True):
    n = 0.4 if heating else 0.3
    return 0.023 * Re**0.8 * Pr**n


def overall_U(m_in, D, k_wall=16.0, h_out=900.0):
    rho, mu, cp, k = 988.0, 5.5e-4, 4180.0, 0.64
    A = pi * D**2 / 4
    v = m_in / (rho * A)
    Re = rho * v * D / mu
    Pr = cp * mu / k
    h_in = dittus_boelter(Re, Pr) * k / D
    Do = D + 0.004
    R = Do / (D * h_in) + Do * log(Do / D) / (2 * k_wall) + 1 / h_out
    return 1 / R


def area_required(Q, Th_in, Th_out, Tc_in, Tc_out, m, D):
    return Q / (overall_U(m, D) * lmtd(Th_in, Th_out, Tc_in, Tc_out))


def outlet_temperature(m_h, m_c, UA, Thi, Tci):
    Ch, Cc = m_h * 4.18, m_c * 4.18
    Cmin, Cmax = min(Ch, Cc), max(Ch, Cc)
    eps = effectiveness(UA / Cmin, Cmin / Cmax)
    q = eps * Cmin * (Thi - Tci)
    return Thi - q / Ch, Tci + q / Cc


def colebrook(Re, eps_D):
    """Darcy friction factor by fixed point"""
    x = 8.0
    for i in range(30):
        x = -2 * math.log10(eps_D / 3.7 + 2.51 * x / Re)
    return 1 / x**2


PROGRAMS = [(area_required, (50000.0, 90.0, 60.0, 20.0, 45.0, 0.4, 0.025)),
            (outlet_temperature, (1.2, 2.0, 4.5, 85.0, 18.0)),
            (colebrook, (85000.0, 0.0004))]
