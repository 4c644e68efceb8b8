# solar position and radiation on a tilted plane (hourly)
from math import *
import numpy as np


def declination(doy):
    return radians(23.45) * sin(2 * pi * (284 + doy) / 365)


def equation_of_time(doy):
    B = 2 * pi * (doy - 81) / 364
    return 9.87 * sin(2 * B) - 7.53 * cos(B) - 1.5 * sin(B)


def hour_angle(hour, lon, tz, doy):
    tst = hour + (4 * (lon - 15 * tz) + equation_of_time(doy)) / 60
    return radians(15 * (tst - 12))


def solar_angles(lat, lon, tz, doy, hour):
    d = declination(doy)
    w = hour_angle(hour, lon, tz, doy)
    phi = radians(lat)
    sinalt = sin(phi) * sin(d) + cos(phi) * cos(d) * cos(w)
    alt = asin(sinalt)
    az = atan2(sin(w), cos(w) * sin(phi) - tan(d) * cos(phi))
    return degrees(alt), degrees(az) + 180


def daily_irradiation(lat, tilt, doy=172):
    total = 0.0
    for hr in range(5, 20):
        alt, az = solar_angles(lat, 10.0, 1, doy, hr)
        if alt <= 0:
            continue
        a = radians(alt)
        air_mass = 1 / (sin(a) + 0.50572 * (alt + 6.07995)**-1.6364)
        I = 1353 * 0.7**(air_mass**0.678)
        inc = sin(a) * cos(radians(tilt)) + cos(a) * sin(radians(tilt)) * cos(radians(az - 180))
        if inc > 0:
            total += I * inc
    return total / 1000


PROGRAMS = [(solar_angles, (47.0, 8.5, 1, 120, 10.5)), (daily_irradiation, (46.5, 30.0))]
