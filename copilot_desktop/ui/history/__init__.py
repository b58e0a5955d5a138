"""The history page: list, filters, preview, deleting."""
