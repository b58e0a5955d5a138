"""A caller made of software: scenario files in, a real call to our own server in the carrier's protocol out.

Knows nothing of the program it calls but an address and a signing secret, so it is a second reading of
the protocol. Only `agent`, which plays the agent's part of a scenario where nobody sits at the desk, reads
the call's facts and gives orders. Imported by `app` and `commands` only.
"""
