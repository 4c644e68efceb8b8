from .dem import DEM
