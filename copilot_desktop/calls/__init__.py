"""What a call is: plain Python, asyncio and `audio/`, nothing else.

In: orders from front ends and frames from the phone line, by direct call on `CallDesk` and `CallSession`.
Out: facts on `EventFeed`; sound on an `AudioLink`; needs on the Protocols of `ports`.
May be imported by every room above; imports only `audio`.
"""
