"""Settings: frozen and typed; secrets from the environment or the OS key store.

In: the saved file `settings.toml`, `.env`, the environment (each beats the one before).
Out: one `Settings`, which `app.py` hands on in pieces. Anyone below `app` takes values, not this.
"""

from copilot_desktop.config.checking import drafted, validate
from copilot_desktop.config.env_import import EnvImport, import_env
from copilot_desktop.config.errors import BadSettings, ConfigError
from copilot_desktop.config.opening_hours import OpeningHours
from copilot_desktop.config.places import PROGRAM, resources
from copilot_desktop.config.reading import load
from copilot_desktop.config.saving import save
from copilot_desktop.config.secrets import SecretKeeper, SecretPlace
from copilot_desktop.config.settings import SECRETS, Settings, plain, variable_of

__all__ = [
    "PROGRAM",
    "SECRETS",
    "BadSettings",
    "ConfigError",
    "EnvImport",
    "OpeningHours",
    "SecretKeeper",
    "SecretPlace",
    "Settings",
    "drafted",
    "import_env",
    "load",
    "plain",
    "resources",
    "save",
    "validate",
    "variable_of",
]
