"""Voices: that of this computer, speech services, realtime models that read aloud; and what they read."""
