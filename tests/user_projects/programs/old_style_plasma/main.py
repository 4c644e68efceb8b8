# converted from an old Matlab code
from numpy import *
from constants import *
import dispersion


def cutoffs(n20, B):
    wpe = dispersion.wp(n20 * 1e20)
    wce = e_charge * B / m_e
    wR = 0.5 * (wce + sqrt(wce**2 + 4 * wpe**2))
    wL = 0.5 * (-wce + sqrt(wce**2 + 4 * wpe**2))
    wUH = sqrt(wpe**2 + wce**2)
    return array([wR, wL, wUH]) / (2 * pi * 1e9)


def index_ref(f_GHz, n20, B, ang):
    return dispersion.appleton_hartree(f_GHz * 1e9, n20 * 1e20, B, ang)


PROGRAMS = [(cutoffs, (0.5, 2.0)), (index_ref, (140.0, 0.4, 1.8, 0.6))]
