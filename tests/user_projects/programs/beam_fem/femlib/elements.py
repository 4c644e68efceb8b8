from numpy import array


def beam_k(E, I, le):
    c = E * I / le**3
    return c * array([[12, 6*le, -12, 6*le],
                      [6*le, 4*le**2, -6*le, 2*le**2],
                      [-12, -6*le, 12, -6*le],
                      [6*le, 2*le**2, -6*le, 4*le**2]])


def beam_load(q, le):
    return array([q*le/2, q*le**2/12, q*le/2, -q*le**2/12])
