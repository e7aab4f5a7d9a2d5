"""What goes wrong, said once."""

from collections.abc import Iterable
from difflib import get_close_matches
from types import ModuleType


class ModlabError(Exception):
    """Says what is wrong and what to do about it."""


def unknown(what: str, name: str, names: Iterable[str]) -> ModlabError:
    """An error about a name that is none of some others, with the nearest of them."""
    known = sorted(names)
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known[:8]) or 'none'}"
    return ModlabError(f"{what} {name!r}: {hint}")


def needed(module: str, purpose: str) -> ModuleType:
    """Imports a package that only some functions need."""
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise ModlabError(f"{purpose} needs {module}: pip install {module}") from error
