from .core import assemble_beam, apply_bc
from .errors import ElementError
