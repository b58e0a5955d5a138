"""The settings dialog, one file a page. In: a `SettingsDoor` (door.py) and the theme. Out: what was changed.

Nothing a page shows applies before Save; pages know their fields and the door, never each other.
Only the main window opens it.
"""
