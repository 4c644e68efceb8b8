from .cubic import CubicSpline
from .hermite import PchipInterpolator, hermite_eval
