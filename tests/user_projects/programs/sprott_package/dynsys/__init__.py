"""Small collection of dynamical systems."""
__version__ = '0.3'
