import numpy as np
from phylo.models import HKY85
from phylo.tree import Node, log_likelihood

ALN = {'human': 'ACGTACGA', 'chimp': 'ACGTACTA', 'mouse': 'ATGTCCGA', 'frog': 'GTGACCGT'}


def loglik(lengths, pi, kappa):
    inner = Node(children=[Node('human', lengths[0]), Node('chimp', lengths[1])], length=lengths[2])
    root = Node(children=[inner, Node('mouse', lengths[3]), Node('frog', lengths[4])])
    return log_likelihood(root, HKY85(pi, kappa), ALN)


PROGRAMS = [(loglik, (np.array([.05, .08, .1, .3, .5]), np.array([.3, .22, .27, .21]), 2.3))]
