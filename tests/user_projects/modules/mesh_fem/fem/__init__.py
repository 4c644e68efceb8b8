from .mesh import Mesh1D
from .assembly import assemble_stiffness, assemble_load, apply_dirichlet
from .solver import PoissonProblem
