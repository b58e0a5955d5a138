"""The form after a call."""
