# FAO-56 reference evapotranspiration, daily
import numpy as np


def sat_vap_pressure(t):
    return 0.6108 * np.exp(17.27 * t / (t + 237.3))


def slope_svp(t):
    return 4098 * sat_vap_pressure(t) / (t + 237.3) ** 2


def psychrometric(altitude):
    p = 101.3 * ((293 - 0.0065 * altitude) / 293) ** 5.26
    return 0.000665 * p


def extraterrestrial_radiation(lat_deg, doy):
    lat = np.deg2rad(lat_deg)
    dr = 1 + 0.033 * np.cos(2 * np.pi / 365 * doy)
    dec = 0.409 * np.sin(2 * np.pi / 365 * doy - 1.39)
    ws = np.arccos(-np.tan(lat) * np.tan(dec))
    return 24 * 60 / np.pi * 0.0820 * dr * (ws * np.sin(lat) * np.sin(dec)
                                            + np.cos(lat) * np.cos(dec) * np.sin(ws))


def et0(tmin, tmax, rhmin, rhmax, u2, sunshine, lat, altitude, doy=187):
    """Penman-Monteith ET0 in mm/day."""
    tmean = (tmin + tmax) / 2.0
    es = (sat_vap_pressure(tmin) + sat_vap_pressure(tmax)) / 2
    ea = (sat_vap_pressure(tmin) * rhmax / 100 + sat_vap_pressure(tmax) * rhmin / 100) / 2
    ra = extraterrestrial_radiation(lat, doy)
    # daylight hours
    dec = 0.409 * np.sin(2 * np.pi / 365 * doy - 1.39)
    N = 24 / np.pi * np.arccos(-np.tan(np.radians(lat)) * np.tan(dec))
    rs = (0.25 + 0.50 * sunshine / N) * ra
    rso = (0.75 + 2e-5 * altitude) * ra
    rns = 0.77 * rs
    sigma = 4.903e-9
    rnl = sigma * ((tmax + 273.16) ** 4 + (tmin + 273.16) ** 4) / 2 \
        * (0.34 - 0.14 * np.sqrt(ea)) * (1.35 * np.minimum(rs / rso, 1.0) - 0.35)
    rn = rns - rnl
    delta = slope_svp(tmean)
    gamma = psychrometric(altitude)
    num = 0.408 * delta * rn + gamma * 900 / (tmean + 273) * u2 * (es - ea)
    return num / (delta + gamma * (1 + 0.34 * u2))


def weekly_total(tmin, tmax, u2):
    out = np.zeros(len(tmin))
    for d in range(len(tmin)):
        out[d] = et0(tmin[d], tmax[d], 63., 84., u2[d], 9.25, 50.8, 100., 180 + d)
    return out.sum()


PROGRAMS = [
    (et0, (12.3, 21.5, 63.0, 84.0, 2.078, 9.25, 50.8, 100.0)),
    (weekly_total, (np.array([12.3, 11., 10.5, 13.2, 14.1, 12.9, 12.2]),
                    np.array([21.5, 22.1, 19.8, 24.9, 26.3, 23.3, 22.0]),
                    np.array([2.1, 1.9, 3.0, 2.4, 1.2, 2.8, 2.2]))),
]
