"""The transcript: its turns as a model, drawn, searched and read out."""
