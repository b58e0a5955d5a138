"""One call as the window knows it, folded from its facts, and the bands that tell of it."""
