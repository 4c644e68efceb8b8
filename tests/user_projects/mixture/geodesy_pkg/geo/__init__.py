from .ellipsoid import Ellipsoid, WGS84, GRS80
from .convert import geodetic_to_ecef, ecef_to_geodetic, ecef_to_enu
from .tm import TransverseMercator
