class ElementError(Exception):
    pass
