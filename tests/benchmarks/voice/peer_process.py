"""The engines' server in a process of its own: prints its address, ends when its input does."""

from __future__ import annotations

import asyncio
import sys

from tests.benchmarks.voice.corpus import corpus
from tests.benchmarks.voice.kept_brain import KeptBrain
from tests.support.openai_peer import Delays, OpenAIPeer

TRANSCRIPTION_S = 0.25
DELAYS = Delays(
    transcription_s=TRANSCRIPTION_S, delta_s=0.1, first_token_s=0.3, token_s=0.015, first_byte_s=0.2
)


async def serve(brain: KeptBrain) -> None:
    """Serve until standard input ends."""
    async with OpenAIPeer(brain=brain, delays=DELAYS) as peer:
        print(peer.base_url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(KeptBrain(corpus())))
