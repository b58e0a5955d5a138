"""What every page of the window is made of: theme, words, actions, strips, fields."""
