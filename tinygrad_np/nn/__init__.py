"""Networks: activations and losses as functions, and layers as thin trees around them."""

from . import initializers
from .convolutions import conv1d, conv2d, conv_transpose2d
from .functions import dense, log_softmax, relu, sigmoid, softmax
from .layers import Activation, Dense, Layer, ReLU, Sigmoid, Softmax
from .losses import (
    categorical_crossentropy,
    categorical_crossentropy_derivative,
    mse,
    mse_derivative,
    sigmoid_crossentropy,
    softmax_crossentropy,
)
from .network import NeuralNetwork

__all__ = [
    "Activation", "Dense", "Layer", "NeuralNetwork", "ReLU", "Sigmoid", "Softmax",
    "categorical_crossentropy", "categorical_crossentropy_derivative", "conv1d", "conv2d",
    "conv_transpose2d", "dense", "initializers",
    "log_softmax", "mse", "mse_derivative", "relu", "sigmoid", "sigmoid_crossentropy", "softmax",
    "softmax_crossentropy",
]  # fmt: skip
