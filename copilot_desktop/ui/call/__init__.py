"""The desk during a call: who speaks, draft, suggestions, notes, checklist, orders."""
