"""The phone network, in Twilio's words: signed requests and streams in, orders to the desk out.

Only `app`, `practice` and `terminal` may import it; `calls` never does.
"""
