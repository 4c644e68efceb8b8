import numpy as np
from terrain import DEM


def shade(z, azimuth, altitude):
    return DEM(z, 2.0).smooth(0.1).hillshade(azimuth, altitude)


def wetness(z, cellsize):
    d = DEM(z, cellsize)
    return np.log(d.flow_accumulation() / np.tan(d.slope('rad') + 0.01))


yy, xx = np.mgrid[0:5, 0:6]
z = 3 * np.sin(.6 * xx + .2) + 2 * np.cos(.7 * yy) + .37 * xx - .21 * yy
PROGRAMS = [(shade, (z, 310., 40.)), (wetness, (z, 1.5))]
