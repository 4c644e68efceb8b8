from .parametric import WeibullModel, ExponentialModel
from .cox import CoxPH
