"""A server for shared histories, where the tests of this folder ask for one."""

from tests.support.shared_history import _template, database, databases, desk

__all__ = ["_template", "database", "databases", "desk"]
