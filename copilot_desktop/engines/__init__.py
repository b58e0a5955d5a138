"""What the speech and language ports are made of; one file an engine. Only `app` and `tests` build them."""
