"""Whatever is public says what it is; what only does again what its base promises need not."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import copilot_desktop
from copilot_desktop.calls import ports

ELSEWHERE = ("copilot_desktop.store.migrations",)
"""Made and read by a tool."""


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(copilot_desktop.__path__, "copilot_desktop."):
        if not found.name.startswith(ELSEWHERE) and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def promised() -> set[str]:
    """Names of the ports' methods: their homes keep what is said there."""
    return {
        name
        for port in vars(ports).values()
        if inspect.isclass(port) and getattr(port, "_is_protocol", False)
        for name in vars(port)
        if not name.startswith("_")
    }


def undocumented(module: ModuleType, known: set[str]) -> Iterator[str]:
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
            for method in _methods(thing):
                if method not in known:
                    yield f"{module.__name__}.{name}.{method}"


def _methods(cls: type) -> Iterator[str]:
    """Public methods and properties without words that no base has."""
    for name, member in vars(cls).items():
        if name.startswith("_") or any(hasattr(base, name) for base in cls.__mro__[1:]):
            continue
        plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if isinstance(plain, property):
            plain = plain.fget
        if inspect.isfunction(plain) and not plain.__doc__:
            yield name


def test_everything_public_has_a_docstring() -> None:
    known = promised()
    missing = [name for module in modules() for name in undocumented(module, known)]
    assert not missing, f"{len(missing)} without words: {', '.join(sorted(missing))}"
