import numpy as np


def dewpoint(t, rh):
    a, b = 17.625, 243.04
    gamma = np.log(rh / 100.0) + a * t / (b + t)
    return b * gamma / (a - gamma)


def heat_index(T, RH):
    # Rothfusz regression, T in F
    c = [-42.379, 2.04901523, 10.14333127, -0.22475541, -6.83783e-3,
         -5.481717e-2, 1.22874e-3, 8.5282e-4, -1.99e-6]
    HI = (c[0] + c[1]*T + c[2]*RH + c[3]*T*RH + c[4]*T**2 + c[5]*RH**2
          + c[6]*T**2*RH + c[7]*T*RH**2 + c[8]*T**2*RH**2)
    if RH > 85 and 80 <= T <= 87:
        HI += ((RH - 85) / 10) * ((87 - T) / 5)
    return HI


def wind_chill(t, v):
    return 13.12 + 0.6215*t - 11.37*v**0.16 + 0.3965*t*v**0.16


PROGRAMS = [
    (dewpoint, (np.array([5., 18., 31.]), np.array([80., 55., 40.]))),
    (heat_index, (92.0, 66.0)),
    (wind_chill, (-8.0, 27.0)),
]
