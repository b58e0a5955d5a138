"""What speech models write where nobody spoke, and how to keep it out of a transcript.

On silence, noise and music they fall back on what their training sound was full of: credits of subtitles,
goodbyes of video makers, the same words over and over, or the list of names they were given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from copilot_desktop.engines.hearing.loudness import Evidence

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ASIDE = re.compile(r"[\[(*♪♫🎵][^\])*♪♫🎵]*(?:[\])*♪♫🎵]|$)|[♪♫🎵]+")
"""[Music], (applause), *sighs*, ♪ la la ♪: nobody says brackets."""
# fmt: off
_ASIDE_WORDS = frozenset(
    [
        "music",
        "applause",
        "laughter",
        "laughs",
        "silence",
        "noise",
        "inaudible",
        "blank",
        "audio",
        "sighs",
        "sigh",
        "coughs",
        "cough",
        "beep",
        "beeping",
        "ringing",
        "phone",
        "static",
        "background",
        "speaking",
        "foreign",
        "language",
        "musik",
        "applaus",
        "gelächter",
        "stille",
        "musique",
        "applaudissements",
        "rires",
        "silencio",
        "música",
        "aplausos",
        "risas",
        "musica",
        "applausi",
        "muziek",
        "gelach",
    ]
)
# fmt: on
_MOST_CHARACTERS_BASE, _MOST_CHARACTERS_A_SECOND = 240, 45
"""Nobody speaks faster than half of this."""
_READ_CHARACTERS = 4000
"""A loop of a model is no longer; looking for repeats in more takes too long."""
_REPEATED_WORD, _REPEATED_PHRASE = 8, 4
_LONGEST_PHRASE = 12
_LEAKED_WORDS = 3

_NEVER_SAID = (
    "thank you for watching",
    "thanks for watching",
    "thank you so much for watching",
    "thank you very much for watching",
    "thank you for listening",
    "please subscribe",
    "please subscribe to my channel",
    "please like and subscribe",
    "dont forget to like and subscribe",
    "like and subscribe",
    "subscribe to our channel",
    "see you in the next video",
    "see you next time",
    "ill see you in the next video",
    "vielen dank fürs zuschauen",
    "danke fürs zuschauen",
    "bis zum nächsten mal",
    "das wars für heute",
    "merci davoir regardé cette vidéo",
    "merci davoir regardé",
    "abonnez vous",
    "gracias por ver el video",
    "gracias por ver",
    "suscríbete al canal",
    "grazie per aver guardato il video",
    "grazie per la visione",
    "iscrivetevi al canale",
    "bedankt voor het kijken",
    "obrigado por assistir",
    "inscreva se no canal",
    "tack för att du tittade",
    "спасибо за просмотр",
    "продолжение следует",
    "dziękuję za uwagę",
    "dziękuję za oglądanie",
    "izlediğiniz için teşekkür ederim",
    "ご視聴ありがとうございました",
    "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
    "시청해주셔서 감사합니다",
)
_CREDITS = (
    "subtitles by",
    "subtitled by",
    "captions by",
    "captioning by",
    "transcribed by",
    "transcription by",
    "translated by",
    "untertitel im auftrag",
    "untertitel der",
    "untertitelung",
    "untertitel von",
    "sous titres réalisés",
    "sous titrage",
    "subtítulos realizados",
    "subtítulos por",
    "sottotitoli creati",
    "sottotitoli a cura",
    "sottotitoli e revisione",
    "ondertiteld door",
    "ondertiteling",
    "legendas pela comunidade",
    "legendas por",
    "napisy stworzone",
    "субтитры",
    "редактор субтитров",
    "altyazı",
    "otter ai",
    "castingwords",
)
"""Beginnings of credits, and names that stand in nothing else."""
# fmt: off
_SELDOM_ALONE = frozenset(
    [
        "you",
        "thank you",
        "thanks",
        "thank you very much",
        "thank you so much",
        "bye",
        "bye bye",
        "goodbye",
        "okay",
        "ok",
        "so",
        "the",
        "a",
        "i",
        "oh",
        "mm",
        "mmm",
        "hm",
        "hmm",
        "mhm",
        "um",
        "uh",
        "ah",
        "yeah",
        "and",
        "danke",
        "vielen dank",
        "tschüss",
        "ja",
        "merci",
        "au revoir",
        "gracias",
        "adiós",
        "grazie",
        "ciao",
        "dank je",
        "obrigado",
        "tchau",
        "mbc 뉴스",
        "да",
        "спасибо",
        "tack",
    ]
)
# fmt: on
"""Said on every phone, and written by models for music and fans just as often."""


def most_characters(sound_s: float) -> int:
    """Return how much of a transcript of `sound_s` seconds is read at all: what is longer is none."""
    return round(_READ_CHARACTERS + _spoken_characters(sound_s))


def is_too_much(text: str, sound_s: float) -> bool:
    """Whether `text` is far more than can have been said in `sound_s` seconds, repeats aside."""
    limit = _spoken_characters(sound_s)
    if len(text) <= limit:
        return False
    return len(text) > most_characters(sound_s) or len(_without_repeats(text)) > limit


def _spoken_characters(sound_s: float) -> float:
    return _MOST_CHARACTERS_BASE + sound_s * _MOST_CHARACTERS_A_SECOND


def trusted(text: str, evidence: Evidence, hints: Sequence[str] = ()) -> str:
    """Return what of `text` may be believed; empty: nothing.

    `hints`: the names and words the model was given. In clear speech only what nobody says into a phone is
    taken out. Not for text that `is_too_much`.
    """
    if evidence is Evidence.NONE:
        return ""
    text = _without_repeats(_without_asides(text)).strip()
    plain = _plain(text)
    if not plain or plain in _NEVER or "amara org" in plain:
        return ""
    if any(plain.startswith(credit) for credit in _CREDITS):
        return ""
    if evidence is Evidence.WEAK and plain in _SELDOM_ALONE:
        return ""
    return "" if _is_leaked(plain, evidence, hints) else text


def _is_leaked(plain: str, evidence: Evidence, hints: Sequence[str]) -> bool:
    """Whether the model has only read its hints out."""
    given = _plain(" ".join(hints))
    count = len(plain.split())
    if not given or count < _LEAKED_WORDS:
        return False
    if plain == given:
        return len(hints) > 1 or evidence is Evidence.WEAK
    return evidence is Evidence.WEAK and f" {plain} " in f" {given} "


def _without_asides(text: str) -> str:
    def kept(found: re.Match[str]) -> str:
        words = _plain(found.group()).split()
        # "(555) 0142" and "*67" are said.
        is_aside = not words or any(word in _ASIDE_WORDS for word in words) or found.group()[0] in "♪♫🎵"
        return " " if is_aside else found.group()

    return re.sub(r"\s{2,}", " ", _ASIDE.sub(kept, text)) if _ASIDE.search(text) else text


def _without_repeats(text: str) -> str:
    """Return `text` with what is said over and over said once."""
    found = list(_WORD.finditer(text))
    words = [match.group().lower() for match in found]
    for length in range(1, min(_LONGEST_PHRASE, len(words) // _REPEATED_PHRASE) + 1):
        needed = _REPEATED_WORD if length == 1 else _REPEATED_PHRASE
        for start in range(len(words) - length * needed + 1):
            count = _repeats(words, start, length)
            if count >= needed and not all(word.isdigit() for word in words[start : start + length]):
                end = start + length * count
                rest = text[found[end - 1].end() :]
                return _without_repeats(text[: found[start + length - 1].end()] + rest)
    return text


def _repeats(words: Sequence[str], start: int, length: int) -> int:
    count = 1
    first = words[start : start + length]
    while words[start + count * length : start + (count + 1) * length] == first:
        count += 1
    return count


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text).lower().replace("'", "").replace("’", "")
    return " ".join(_WORD.findall(text))


_NEVER = frozenset(_plain(phrase) for phrase in _NEVER_SAID)
