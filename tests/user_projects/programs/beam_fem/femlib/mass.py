import numpy as np


def assemble_mass(nel, L, rhoA):
    le = L / nel
    me = rhoA * le / 420 * np.array([[156, 22*le, 54, -13*le],
                                     [22*le, 4*le**2, 13*le, -3*le**2],
                                     [54, 13*le, 156, -22*le],
                                     [-13*le, -3*le**2, -22*le, 4*le**2]])
    M = np.zeros((2*nel + 2, 2*nel + 2))
    for e in range(nel):
        sl = slice(2*e, 2*e + 4)
        M[sl, sl] += me
    return M
