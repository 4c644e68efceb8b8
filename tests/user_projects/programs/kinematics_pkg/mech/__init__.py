from .linkages import Slider, FourBar

__all__ = ['Slider', 'FourBar']
