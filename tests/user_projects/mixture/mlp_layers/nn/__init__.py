from .layers import Dense, Tanh, Softplus
from .losses import SoftmaxCrossEntropy, MSE
from .model import Sequential
from .optim import SGD, Adam
