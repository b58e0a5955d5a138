"""AI Call CoPilot: live phone calls with an AI beside the agent, in one desktop program."""

__version__ = "0.5.0"
