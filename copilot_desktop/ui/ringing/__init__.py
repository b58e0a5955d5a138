"""A call that comes in: its window, its tone, what answers it."""
