from .quantity import Quantity

g = Quantity(9.80665, dims=(1, 0, -2, 0))
sigma_sb = Quantity(5.670374419e-8, dims=(0, 1, -3, -4))
R_air = Quantity(287.05, dims=(2, 0, -2, -1))
