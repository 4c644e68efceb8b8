"""Data: IDX and CSV readers, MNIST, batches, one-hot labels, a validation split."""

from __future__ import annotations

from tinygrad_np.data.batching import Batches, batches
from tinygrad_np.data.csv_files import read_csv
from tinygrad_np.data.idx_files import read_idx
from tinygrad_np.data.labels import one_hot
from tinygrad_np.data.mnist_files import mnist
from tinygrad_np.data.splitting import train_validation_split

__all__ = [
    "Batches",
    "batches",
    "mnist",
    "one_hot",
    "read_csv",
    "read_idx",
    "train_validation_split",
]
