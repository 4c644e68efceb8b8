"""What the code of a module does with a name, as far as its functions show."""

from __future__ import annotations

from types import CellType, CodeType, FunctionType
from typing import Any


def codes_of(variables: dict[str, Any]) -> list[CodeType]:
    """The code of the functions that a module defines, of its classes' methods and inside both."""
    found: list[CodeType] = []
    pending, seen = list(variables.values()), set()
    while pending:
        value = pending.pop()
        kind = type(value)
        if id(value) in seen:
            continue
        seen.add(id(value))
        if kind is CodeType:
            found.append(value)
            pending += value.co_consts
        elif kind is FunctionType and value.__globals__ is variables:
            # A decorator's function holds the one that was decorated.
            pending += [value.__code__, *map(contents, value.__closure__ or ())]
        elif kind in (staticmethod, classmethod):
            pending.append(value.__func__)
        elif kind is property:
            pending += [value.fget, value.fset]
        elif issubclass(kind, type) and vars(value).get("__module__") == variables.get("__name__"):
            pending += vars(value).values()
    return found


def contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty yet
        return None


def is_called(name: str, variables: dict[str, Any]) -> bool:
    """Whether a module's code has a use for a name, and never asks ``is`` of it."""
    codes = [code for code in codes_of(variables) if name in code.co_names]
    if not codes:
        return False
    import dis

    for code in codes:
        before = None
        for instruction in dis.get_instructions(code):
            if instruction.opname == "IS_OP" and before == name:
                return False
            before = instruction.argval if instruction.opname.startswith("LOAD_") else None
    return True
