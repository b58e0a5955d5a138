"""Briefing: what a language model is told about the business it speaks for, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from copilot_desktop.calls.events import Tool

_LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Sentences of our own, for moments in which the model has none that may be said."""

    check: str
    """In place of something that stands nowhere written, when a colleague is asked."""
    not_at_hand: str
    """The same, when nobody can be asked."""
    look_up: str
    """The same, for an agent to read aloud."""
    asking: str
    noted: str
    putting_through: str
    """Has {name} in it."""
    goodbye: str


_PHRASES = {
    "en": Phrases(
        check="Let me check that with a colleague.",
        not_at_hand="I am sorry, I do not have that at hand.",
        look_up="Let me look that up for you.",
        asking="One moment please, I will ask a colleague.",
        noted="Thank you, I have written that down.",
        putting_through="I would like to put you through to {name}. One moment, please.",
        goodbye="Thank you for calling. Goodbye!",
    ),
    "de": Phrases(
        check="Das kläre ich kurz mit einem Kollegen.",
        not_at_hand="Das liegt mir leider nicht vor.",
        look_up="Das sehe ich für Sie nach.",
        asking="Einen Moment bitte, ich frage einen Kollegen.",
        noted="Danke, das habe ich notiert.",
        putting_through="Ich möchte Sie mit {name} verbinden. Einen Moment, bitte.",
        goodbye="Danke für Ihren Anruf. Auf Wiederhören!",
    ),
    "es": Phrases(
        check="Permítame consultarlo con un compañero.",
        not_at_hand="Lo siento, no tengo ese dato a mano.",
        look_up="Permítame consultarlo.",
        asking="Un momento, por favor, voy a preguntar a un compañero.",
        noted="Gracias, lo he anotado.",
        putting_through="Voy a intentar pasarle con {name}. Un momento, por favor.",
        goodbye="Gracias por llamar. ¡Hasta luego!",
    ),
    "fr": Phrases(
        check="Je vérifie cela avec un collègue.",
        not_at_hand="Je suis désolé, je n'ai pas cette information.",
        look_up="Je vérifie cela pour vous.",
        asking="Un instant, s'il vous plaît, je demande à un collègue.",
        noted="Merci, c'est noté.",
        putting_through="Je voudrais vous mettre en relation avec {name}. Un instant, s'il vous plaît.",
        goodbye="Merci de votre appel. Au revoir !",
    ),
    "it": Phrases(
        check="Lo verifico con un collega.",
        not_at_hand="Mi dispiace, non ho questa informazione.",
        look_up="Lo verifico per lei.",
        asking="Un momento, per favore, chiedo a un collega.",
        noted="Grazie, ne ho preso nota.",
        putting_through="Vorrei passarle {name}. Un momento, per favore.",
        goodbye="Grazie per la chiamata. Arrivederci!",
    ),
    "nl": Phrases(
        check="Dat vraag ik even na bij een collega.",
        not_at_hand="Het spijt me, dat heb ik niet bij de hand.",
        look_up="Dat zoek ik even voor u op.",
        asking="Een ogenblik alstublieft, ik vraag het een collega.",
        noted="Dank u, ik heb het genoteerd.",
        putting_through="Ik wil u graag doorverbinden met {name}. Een ogenblik, alstublieft.",
        goodbye="Bedankt voor het bellen. Tot ziens!",
    ),
    "pt": Phrases(
        check="Vou confirmar isso com um colega.",
        not_at_hand="Lamento, não tenho essa informação.",
        look_up="Vou verificar isso.",
        asking="Um momento, por favor, vou perguntar a um colega.",
        noted="Obrigado, tomei nota.",
        putting_through="Gostaria de passar a chamada para {name}. Um momento, por favor.",
        goodbye="Obrigado pela sua chamada. Até logo!",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """All of it is the owner's own; what belongs to one call comes with its Conversation."""

    business_name: str = ""
    language: str = "en"
    """What the assistant speaks, ISO-639-1."""
    playbook: str = ""
    """How calls are to be answered: the owner's text, as it stands."""
    vocabulary: tuple[str, ...] = ()
    """Names and codes as they are written, most important first."""
    transfer_targets: tuple[str, ...] = ()
    """Names of those whom callers may be passed on to; never their numbers."""
    tools: frozenset[Tool] = frozenset(Tool) - {Tool.TRANSFER}
    """What the model may do besides talking."""
    waiting_sentence: str = ""
    """What the caller hears when something takes long, in the owner's words."""
    moment: str = ""
    """Day and time of now, as a person says it; empty: the model is not told."""

    @property
    def language_name(self) -> str:
        """The language in English words, or its code."""
        return _LANGUAGES.get(self.language.lower()[:2], self.language)

    @property
    def phrases(self) -> Phrases | None:
        """Our own sentences in the briefing's language, None where we have none."""
        return _PHRASES.get(self.language.lower()[:2])

    @property
    def spare_phrases(self) -> Phrases:
        """Sentences for when there is no other way: in a language without any, the waiting sentence."""
        if self.phrases is not None:
            return self.phrases
        wait = self.waiting_sentence
        english = _PHRASES["en"]
        if not wait:
            return english
        return Phrases(
            check=wait,
            not_at_hand=wait,
            look_up=wait,
            asking=wait,
            noted=wait,
            putting_through=wait,
            goodbye=english.goodbye,
        )
