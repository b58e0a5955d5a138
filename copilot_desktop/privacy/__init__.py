"""What must not be kept or handed on: found in words, hidden there, and made silent in sound. Pure.

Text and frames come in, the same without private numbers and addresses goes out. Store, report, window and
exports import it; it knows the rules of `calls` for card numbers and spoken digits.
"""

from copilot_desktop.privacy.redaction import ALL_KINDS, Hidden, Redacted, Span, redact

__all__ = ["ALL_KINDS", "Hidden", "Redacted", "Span", "redact"]
