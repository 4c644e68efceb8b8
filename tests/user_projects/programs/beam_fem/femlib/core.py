from numpy import zeros
from .elements import beam_k, beam_load
from .errors import ElementError


def assemble_beam(nel, L, E, I, q):
    if nel < 1:
        raise ElementError('need at least one element')
    ndof = 2 * (nel + 1)
    le = L / nel
    K = zeros((ndof, ndof))
    f = zeros(ndof)
    ke = beam_k(E, I, le)
    fe = beam_load(q, le)
    for e in range(nel):
        K[2*e:2*e+4, 2*e:2*e+4] += ke
        f[2*e:2*e+4] += fe
    return K, f


def apply_bc(K, f, dofs):
    K = K.copy()
    f = f.copy()
    for d in dofs:
        K[d, :] = 0
        K[:, d] = 0
        K[d, d] = 1.0
        f[d] = 0
    return K, f
