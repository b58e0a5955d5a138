"""AI Call CoPilot: live phone calls with an AI beside the agent, in one desktop program."""

import os

__version__ = "0.5.0"

# The library that runs the embedded models tells its maker about its use, unless this stands in the
# environment before it is loaded. That nothing leaves this computer must hold for it too.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
