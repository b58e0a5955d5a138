"""How the history's tables came to be, one step a file. Run by `migrate.py`, never by hand."""
