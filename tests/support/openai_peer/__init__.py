"""A server that speaks OpenAI's protocol over real sockets: what the remote engines are tested against."""

from tests.support.openai_peer.brain import AnswerRequest, Brain, BrainAnswer, ScriptedBrain
from tests.support.openai_peer.faults import Delays, Fault, Where
from tests.support.openai_peer.peer import KEY, OpenAIPeer, Seen

__all__ = [
    "KEY",
    "AnswerRequest",
    "Brain",
    "BrainAnswer",
    "Delays",
    "Fault",
    "OpenAIPeer",
    "ScriptedBrain",
    "Seen",
    "Where",
]
