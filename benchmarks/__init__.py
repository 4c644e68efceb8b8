"""Speed, memory and size of tinygrad_np next to its peers: ``python -m benchmarks``."""
