"""Whatever is public says what it is; what only does again what its base promises need not."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import copilot_desktop

ELSEWHERE = ("copilot_desktop.store.migrations",)
"""Made and read by a tool."""
_NAMED = re.compile(r"`([\w.]+)`")


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(copilot_desktop.__path__, "copilot_desktop."):
        if not found.name.startswith(ELSEWHERE) and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def promises(found: list[ModuleType]) -> dict[str, set[str]]:
    """Return for each class which of its methods have words."""
    words: dict[str, set[str]] = {}
    for module in found:
        for name, thing in vars(module).items():
            if inspect.isclass(thing) and thing.__module__ == module.__name__:
                known = words.setdefault(name, set())
                known.update(_methods(thing, with_words=True))
                # The words of a record's class are about its fields.
                known.update(getattr(thing, "__dataclass_fields__", {}), getattr(thing, "model_fields", {}))
    return words


def undocumented(module: ModuleType, words: dict[str, set[str]]) -> Iterator[str]:
    if not module.__doc__:
        yield module.__name__
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(thing) and not thing.__doc__:
            yield f"{module.__name__}.{name}"
        elif inspect.isclass(thing):
            if not thing.__doc__ or thing.__doc__.startswith(f"{name}("):
                yield f"{module.__name__}.{name}"
            # "Implements `Shell`": then what is said there holds here.
            told = [words.get(each.rpartition(".")[2], set()) for each in _NAMED.findall(thing.__doc__ or "")]
            for method in _methods(thing, with_words=False):
                if not any(method in names for names in told):
                    yield f"{module.__name__}.{name}.{method}"


def _methods(cls: type, *, with_words: bool) -> Iterator[str]:
    """Return public methods and properties that no base has, those with words or those without."""
    for name, member in vars(cls).items():
        if name.startswith("_") or any(hasattr(base, name) for base in cls.__mro__[1:]):
            continue
        plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if isinstance(plain, property):
            plain = plain.fget
        if inspect.isfunction(plain) and bool(plain.__doc__) == with_words:
            yield name


def test_everything_public_has_a_docstring() -> None:
    found = list(modules())
    words = promises(found)
    missing = [name for module in found for name in undocumented(module, words)]
    assert not missing, f"{len(missing)} without words: {', '.join(sorted(missing))}"
