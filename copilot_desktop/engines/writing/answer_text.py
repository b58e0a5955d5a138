"""AnswerText: what a model writes, piece by piece, made into what may be spoken.

Marks for the eye go; [n] becomes a source; values that stand nowhere are not said; it ends in time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from copilot_desktop.calls.events import Source
from copilot_desktop.calls.ports import Passage
from copilot_desktop.engines.writing.fact_check import Evidence

MOST_WORDS = 90
"""No new sentence begins after so many; nobody on a phone listens longer."""
_MOST_WORDS_IN_ALL = 120
_MOST_TAIL = 4000
"""Characters without the end of a sentence."""
_SETTLING_WORDS = 3
"""How many words after a number may still change what it means: "3 … working days"."""

_CITED = r"[\[【][^\]】\n]{0,60}[\]】]"
_END = re.compile(rf"""(?:[.!?…]+["'”’)]*(?:\s?{_CITED})*(?=\s))|\n+""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|no|vs|etc|e\.g|i\.e|a\.m|p\.m|approx|ca|bzw|z\.b|[a-z])|^\W*\d+)\.$",
    re.IGNORECASE,
)
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\s]*\)")
_BRACKETS = re.compile(r"\s*[\[【]([^\]】\n]{0,60})[\]】]")
_OPEN_BRACKET = re.compile(r"[\[【][^\]】\n]{0,60}$")
_LIST_MARK = re.compile(r"\A\s*(?:[-•*–#>]+|\d+[.)])\s+")
_LABEL = re.compile(r"\A\W*(?:assistant|agent|colleague|you|ai)\s*:\s*", re.IGNORECASE)
_EYE_MARKS = re.compile(r"[*`~|<>\[\]【】]+|#(?!\d)|(?<!\w)_+|_+(?!\w)")
_BEFORE_SIGN = re.compile(r"\s+(?=[.,!?;:…])")
_CODE = re.compile(r"[{}]")
_NUMBERISH = re.compile(
    r"[$€£]?\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|hundred|thousand)\b",
    re.IGNORECASE,
)


class AnswerText:
    """Feed it what comes; read `text`, which only ever grows, and `sources`.

    The first sentence shows word by word, so that its first clause can be spoken at once; from then on
    whole sentences, for while one is being said the next can wait to be checked. `bridge` is said in
    place of what `evidence` does not hold. `passages` may grow while it is being written.
    """

    def __init__(self, evidence: Evidence, passages: Sequence[Passage], bridge: str) -> None:
        self._evidence, self._passages, self._bridge = evidence, passages, bridge
        self._tail = ""
        self._done = ""
        self._shown = ""
        self._is_skipping = False
        self._is_first = True
        self._cited: list[int] = []
        self._readable = len(passages)
        """So many passages the model had before it when it wrote what is coming in now."""
        self._said: set[str] = set()
        self.has_checked = False
        """Something was not said, and the bridge in its place."""
        self.is_full = False
        """Nothing more is taken."""

    @property
    def text(self) -> str:
        """All of it so far. A blank at its end tells that a sentence stands."""
        return self._done + self._shown

    @property
    def sources(self) -> tuple[Source, ...]:
        """What it cites, in that order: only what was really found."""
        passages = [self._passages[n - 1] for n in self._cited]
        return tuple(dict.fromkeys(passage.source for passage in passages))

    def feed(self, delta: str) -> bool:
        """Take some more in; return whether `text` grew."""
        before = self.text
        if not self.is_full:
            self._tail += delta
            self._take_sentences()
        if not self.is_full:
            self._show_words()
        return self.text != before

    def finish(self, *, is_cut: bool = False) -> None:
        """There is no more; with `is_cut` the model was stopped in the middle of a sentence."""
        if not self.is_full:
            self._take_sentences()
        if not self.is_full and self._tail.strip():
            if not is_cut or not self._done.strip():
                self._take(self._tail)
            else:
                self._shown = ""
        self._tail, self.is_full = "", True

    def end_round(self) -> None:
        """What comes next is another piece of writing."""
        self.feed("\n")
        self._readable = len(self._passages)

    def say(self, sentence: str) -> None:
        """Add a sentence of our own."""
        self._stand(sentence)

    def _take_sentences(self) -> None:
        at = 0
        while not self.is_full and (end := _END.search(self._tail, at)):
            at = end.end()
            candidate = self._tail[:at]
            if not end[0].startswith("\n") and _ABBREVIATION.search(candidate.rstrip()):
                continue
            self._tail, at = self._tail[at:], 0
            self._take(candidate)
        if len(self._tail) > _MOST_TAIL:
            self._stop()

    def _take(self, raw: str) -> None:
        """A sentence stands: say it, or what is to be said in its place."""
        sentence = self._clean(raw)
        was_skipped, self._is_skipping = self._is_skipping, False
        if was_skipped or not re.search(r"\w", sentence):
            return
        words = len(self.text.split())
        if self._done and words + len(sentence.split()) > _MOST_WORDS_IN_ALL:
            self._stop()
            return
        if _CODE.search(sentence):
            self._give_up(is_silent=True)
        elif self._evidence.missing(sentence):
            self._give_up(is_silent=self.has_checked)
        elif not self._is_repeated(sentence):
            self._stand(sentence)
        self._is_skipping = False
        if len(self._done.split()) >= MOST_WORDS:
            self._stop()

    def _show_words(self) -> None:
        """Show as much of the first sentence as can no longer change."""
        if not self._is_first or self._is_skipping:
            return
        settled = self._clean(_without_open_end(self._tail))
        if _CODE.search(settled) or not settled.startswith(self._shown):
            return
        safe = _before_unsettled_number(settled)
        if self._evidence.missing(settled[: len(safe)]):
            self._give_up(is_silent=False)
            self._is_skipping = True
        elif len(safe) > len(self._shown):
            self._shown = safe
            if len(safe.split()) >= _MOST_WORDS_IN_ALL:
                self._stop()

    def _stand(self, sentence: str) -> None:
        self._said.add(_words(sentence))
        self._done += self._shown + sentence[len(self._shown) :] + " "
        self._shown, self._is_first = "", False

    def _is_repeated(self, sentence: str) -> bool:
        """A model that was asked again says again what it has said."""
        return not self._shown and _words(sentence) in self._said

    def _give_up(self, *, is_silent: bool) -> None:
        """Leave a sentence where it is; what is already shown of it breaks off, as people do."""
        bridge = self._bridge
        if is_after_comma := self._shown.endswith((",", ";", ":", "–", "-")) and not is_silent:
            bridge = bridge if bridge.startswith("I ") else bridge[:1].lower() + bridge[1:]
        if self._shown:
            self._done += self._shown + (" " if is_after_comma else "… ")
        if not is_silent:
            self._done += bridge + " "
            self.has_checked = True
        self._shown = ""
        self._is_first = self._is_first and not self._done

    def _stop(self) -> None:
        """It is long enough: end what has begun."""
        if self._shown:
            self._done += self._shown + ("" if self._shown[-1] in ".,;:!?…–-" else ".")
        self._tail, self._shown, self.is_full = "", "", True

    def _clean(self, raw: str) -> str:
        text = _LINK.sub(r"\1", raw)
        for bracket in _BRACKETS.finditer(text):
            if re.fullmatch(r"[\d\s,;]+|\D{0,10}\d+", bracket[1]):
                numbers = [int(n) for n in re.findall(r"\d{1,3}", bracket[1])]
                # A number that a later search gives to a passage was not that passage's when it was written.
                found = [n for n in numbers if 1 <= n <= self._readable]
                self._cited += [n for n in found if n not in self._cited]
        text = _BRACKETS.sub("", text)
        if self._is_first:
            text = _LABEL.sub("", text)
        text = _EYE_MARKS.sub("", _LIST_MARK.sub("", text))
        text = "".join(c for c in text if c.isspace() or _is_spoken(c))
        return _BEFORE_SIGN.sub("", " ".join(text.split()))


def _without_open_end(raw: str) -> str:
    """Return `raw` up to its last whole word, and without a bracket that has not closed."""
    whole = re.match(r"(?s).*\s", raw)
    text = whole[0] if whole else ""
    open_bracket = _OPEN_BRACKET.search(text)
    return text[: open_bracket.start()] if open_bracket else text


def _before_unsettled_number(text: str) -> str:
    """Return `text` without its end, if there is a number whose meaning the next words may change."""
    words = list(re.finditer(r"\S+", text))
    first = len(words)
    for i in range(len(words) - 1, -1, -1):
        # What a comma closes off is settled too.
        if first - i > _SETTLING_WORDS or words[i][0].endswith((",", ";", ":", "?", "!")):
            break
        if _NUMBERISH.search(words[i][0]):
            first = i
    return text if first == len(words) else text[: words[first].start()].rstrip()


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _is_spoken(character: str) -> bool:
    """Return whether a voice can do anything with it: no emoji, no control characters."""
    if character in "°€$£":
        return True
    return unicodedata.category(character) not in ("So", "Sk", "Cc", "Cf", "Cs", "Co", "Cn") and not (
        "\ufe00" <= character <= "\ufe0f"
    )
