"""Pictures of the window in every moment and every look: `python -m tests.shots [folder] [words…]`."""
