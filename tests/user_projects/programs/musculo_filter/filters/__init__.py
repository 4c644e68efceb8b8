from . import smoothing, median_free_peak
