from .ellipsoid import Ellipsoid

WGS84 = Ellipsoid(6378137.0, 1 / 298.257223563)
