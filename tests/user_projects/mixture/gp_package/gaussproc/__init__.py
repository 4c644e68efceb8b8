from .kernels import RBF, Matern32, White, Periodic
from .regressor import GPRegressor
