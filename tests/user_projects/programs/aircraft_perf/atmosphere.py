from math import sqrt, exp

T0, P0, LAPSE, G, R = 288.15, 101325.0, 0.0065, 9.80665, 287.053


def temperature(h):
    if h < 11000:
        return T0 - LAPSE * h
    elif h < 20000:
        return 216.65
    raise ValueError('altitude %.0f m above model' % h)


def pressure(h):
    if h < 11000:
        return P0 * (temperature(h) / T0)**(G / (R * LAPSE))
    p11 = P0 * (216.65 / T0)**(G / (R * LAPSE))
    return p11 * exp(-G * (h - 11000) / (R * 216.65))


def density(h):
    return pressure(h) / (R * temperature(h))


def speed_of_sound(h, gamma=1.4):
    return sqrt(gamma * R * temperature(h))
