"""The window: all Qt but for `app.py` and the headset.

In: facts, as signals of `bridge.Bridge`; what `app.py` hands over, as `shell.Shell`. Out: the agent's orders,
through the same bridge. May be imported by `app` only; imports `calls`, `report` and what lies below them.
"""
