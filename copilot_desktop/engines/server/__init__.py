"""Connections to servers of engines: address and key, what fails there, models, realtime links."""
