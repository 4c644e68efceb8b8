"""physq - a tiny package for quantities with units."""
from .quantity import Quantity
from .registry import unit, UnitError
from . import constants

__version__ = '0.3.1'
__all__ = ['Quantity', 'unit', 'UnitError', 'constants']
