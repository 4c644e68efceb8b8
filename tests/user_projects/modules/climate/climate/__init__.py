from . import constants
from .ebm import EnergyBalanceModel
