"""The history of calls. In: call facts and two sides of sound. Out: past calls, their words and recordings.

`open_store(data_dir)` is the only door, for `app` and `terminal`. Imports calls and audio.
"""

from copilot_desktop.store.history import Store
from copilot_desktop.store.opening import Shared, open_store

__all__ = ["Shared", "Store", "open_store"]
