from linalg.csr import CSRMatrix
from linalg.krylov import cg, gmres
