"""Sequential ray tracing of rotationally symmetric systems."""
from .surfaces import Sphere, Plane
from .system import OpticalSystem
__version__ = '0.3.1'
__all__ = ['Sphere', 'Plane', 'OpticalSystem']
