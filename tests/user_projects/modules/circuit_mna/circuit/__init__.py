"""A tiny SPICE."""
