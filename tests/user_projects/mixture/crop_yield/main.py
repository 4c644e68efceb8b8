# growing degree days, logistic canopy cover and water-limited biomass
import numpy as np


def gdd(tmin, tmax, tbase=8.0, tupper=32.0):
    tavg = (np.minimum(tmax, tupper) + np.maximum(tmin, tbase)) / 2
    return np.maximum(tavg - tbase, 0)


def biomass(tmin, tmax, radiation, rue, k):
    tt = np.cumsum(gdd(tmin, tmax))
    lai = 5.5 / (1 + 60 * np.exp(-0.045 * tt))
    total = 0
    stress = 1.0
    soil = 70.0
    for day, (L, rad) in enumerate(zip(lai, radiation)):
        fpar = 1 - np.exp(-k * L)
        uptake = 4.5 * fpar * soil / 100
        soil = soil - uptake
        stress = 1 / (1 + np.exp(-(soil - 40) / 8))
        total += rue * fpar * 0.5 * rad * stress
    return total


TMIN = np.array([9.1, 10.4, 11.2, 12.5, 12.9, 13.3, 14.1, 13.2, 12.8, 14.4])
TMAX = np.array([21.0, 23.4, 24.8, 27.1, 28.2, 29.0, 30.3, 27.7, 26.5, 29.9])
RAD = np.array([18., 20., 22., 21., 23., 24., 25., 19., 17., 23.])
PROGRAMS = [(biomass, (TMIN, TMAX, RAD, 1.35, 0.55))]
