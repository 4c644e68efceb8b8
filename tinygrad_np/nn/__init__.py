"""Networks: activations and losses as functions, and layers as thin trees around them."""

from . import initializers
from .activation_layers import (
    ELU,
    GELU,
    SELU,
    Activation,
    HardSigmoid,
    LeakyReLU,
    LogSoftmax,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from .activations import (
    elu,
    gelu,
    hard_sigmoid,
    leaky_relu,
    mish,
    selu,
    silu,
    softplus,
    tanh,
)
from .convolutions import conv1d, conv2d, conv_transpose2d
from .functions import dense, log_softmax, relu, sigmoid, softmax
from .image_layers import (
    AvgPool2D,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    GlobalAvgPool2D,
    GlobalMaxPool2D,
    MaxPool2D,
)
from .layer import Layer
from .layers import Dense, Dropout, Embedding, Flatten, Lambda, Reshape, Residual
from .losses import (
    categorical_crossentropy,
    categorical_crossentropy_derivative,
    cosine_distance,
    hinge,
    huber,
    kl_divergence,
    mae,
    mse,
    mse_derivative,
    sigmoid_crossentropy,
    softmax_crossentropy,
)
from .network import NeuralNetwork
from .normalization import batch_norm, group_norm, layer_norm, rms_norm
from .normalization_layers import BatchNorm, GroupNorm, LayerNorm, RMSNorm
from .pooling import avg_pool2d, global_avg_pool2d, global_max_pool2d, max_pool2d
from .recurrent import gru, lstm, rnn
from .recurrent_layers import GRU, LSTM, RNN, Bidirectional
from .selection import dropout, embedding
from .transformer_layers import MultiHeadAttention, PositionalEncoding, TransformerBlock
from .transformers import attention, multi_head_attention, positional_encoding

__all__ = [
    "Activation", "AvgPool2D", "BatchNorm", "Bidirectional", "Conv1D", "Conv2D", "ConvTranspose2D",
    "Dense", "Dropout", "ELU", "Embedding", "Flatten", "GELU", "GRU", "GlobalAvgPool2D",
    "GlobalMaxPool2D", "GroupNorm", "HardSigmoid", "LSTM", "Lambda", "Layer", "LayerNorm",
    "LeakyReLU", "LogSoftmax", "MaxPool2D", "Mish", "MultiHeadAttention", "NeuralNetwork",
    "PositionalEncoding", "RMSNorm", "RNN", "ReLU", "Reshape", "Residual", "SELU", "SiLU",
    "Sigmoid", "Softmax", "Softplus", "Tanh", "TransformerBlock", "attention", "avg_pool2d",
    "batch_norm", "categorical_crossentropy", "categorical_crossentropy_derivative", "conv1d",
    "conv2d", "conv_transpose2d", "cosine_distance", "dense", "dropout", "elu", "embedding", "gelu",
    "global_avg_pool2d", "global_max_pool2d", "group_norm", "gru", "hard_sigmoid", "hinge", "huber",
    "initializers", "kl_divergence", "layer_norm", "leaky_relu", "log_softmax", "lstm", "mae",
    "max_pool2d", "mish", "mse", "mse_derivative", "multi_head_attention", "positional_encoding",
    "relu", "rms_norm", "rnn", "selu", "sigmoid", "sigmoid_crossentropy", "silu", "softmax",
    "softmax_crossentropy", "softplus", "tanh",
]  # fmt: skip
