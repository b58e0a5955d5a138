"""How soon callers are answered: spoken turns over the real server, engines with known delays behind it."""
