"""Transcribers and what they hear with: this computer's recogniser, those of servers, by file and live."""
