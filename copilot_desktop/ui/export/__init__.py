"""From the window to files: the panel, the writing, PDF in a process of its own."""
