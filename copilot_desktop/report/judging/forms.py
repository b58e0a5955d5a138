"""Quality forms: read from TOML, checked whole before use, so that a broken one never judges anybody."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.config import resources
from copilot_desktop.report.judging.measured import MEASURED

MOST_SECTIONS, MOST_CRITERIA = 6, 15
OWN_FORM = "report-form.toml"
"""The owner's own form, beside the saved settings."""
CANNOT_TELL = "cannot_tell"

_MOST_BYTES = 200_000
_MOST_TOLD = 3
_Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
_Weight = Annotated[int, Field(ge=1, le=100)]


class FormError(CopilotError):
    """A form cannot be used. The text names the field and says what is wrong with it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(_Strict):
    """One possible answer. `points` None: the criterion does not apply, and does not count.

    `shown_by`: whose words prove it. "absence": there is nothing to quote, so the lines searched are named.
    """

    id: _Id
    words: _Text
    means: _Text
    points: Annotated[float, Field(ge=0, le=1)] | None = None
    shown_by: Literal["staff", "caller", "anyone", "absence"] = "staff"


class Criterion(_Strict):
    """One question about a call. `measured` names what the program works out itself; the AI is not asked."""

    id: _Id
    title: _Text
    question: _Text
    weight: _Weight
    tag: Literal["quality", "business", "customer", "compliance"] = "quality"
    fatal: bool = False
    measured: str = ""
    where: Literal["opening", "closing", "whole"] = "whole"
    """What must have been searched before something is said to be absent."""
    needs_documents: bool = False
    """It can only be answered where documents were used in the call."""
    answers: Annotated[tuple[Option, ...], Field(min_length=2, max_length=4)]

    @model_validator(mode="after")
    def _answers_make_sense(self) -> Self:
        ids = [option.id for option in self.answers]
        if len(set(ids)) < len(ids):
            raise ValueError("two answers have the same id")
        if CANNOT_TELL in ids:
            raise ValueError(f'"{CANNOT_TELL}" is always possible and must not be listed')
        points = [option.points for option in self.answers if option.points is not None]
        if not points or max(points) < 1:
            raise ValueError("one answer must give 1 point")
        if min(points) > 0:
            raise ValueError("one answer must give 0 points")
        return self

    def option(self, id: str) -> Option | None:
        """Return the answer of that id."""
        return next((option for option in self.answers if option.id == id), None)


class Section(_Strict):
    """Criteria that are judged in one request. Their weights are per cent of the section."""

    id: _Id
    title: _Text
    weight: _Weight
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _weights_add_up(self) -> Self:
        total = sum(criterion.weight for criterion in self.criteria)
        if total != 100:
            raise ValueError(f"the weights of its criteria add up to {total}, not to 100")
        return self


class QualityForm(_Strict):
    """A whole form. `version` grows with every change, and is kept with each judgement."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    title: _Text
    version: Annotated[int, Field(ge=1)]
    sections: Annotated[tuple[Section, ...], Field(min_length=1, max_length=MOST_SECTIONS)]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        total = sum(section.weight for section in self.sections)
        if total != 100:
            raise ValueError(f"the weights of the sections add up to {total}, not to 100")
        for what, ids in (
            ("sections", [section.id for section in self.sections]),
            ("criteria", [criterion.id for criterion in self.criteria]),
        ):
            twice = sorted({id for id in ids if ids.count(id) > 1})
            if twice:
                raise ValueError(f"two {what} have the id {twice[0]}")
        if len(self.criteria) > MOST_CRITERIA:
            raise ValueError(f"there are {len(self.criteria)} criteria, {MOST_CRITERIA} at most are possible")
        return self

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All of them, in order."""
        return tuple(criterion for section in self.sections for criterion in section.criteria)

    def criterion(self, id: str) -> Criterion | None:
        """Return the criterion of that id."""
        return next((criterion for criterion in self.criteria if criterion.id == id), None)

    @property
    def fingerprint(self) -> str:
        """What tells two forms apart, whatever their versions say."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def shipped_form() -> Path:
    """Return where the form lies that came with the program."""
    return resources() / "report" / "forms" / "support-v1.toml"


def load_form(own_folder: Path | None = None) -> QualityForm:
    """Return the owner's own form if there is one in `own_folder`, else the program's. Blocks for some ms.

    Raises:
        FormError: the file cannot be read or used; it names what is wrong.
    """
    own = own_folder / OWN_FORM if own_folder is not None else None
    return read_form(own if own is not None and own.exists() else shipped_form())


def read_form(path: Path) -> QualityForm:
    """Return the form in a file. Raises FormError."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FormError(f"{path.name} is too large for a form.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FormError(f"{path.name} cannot be read: {error.strerror or type(error).__name__}.") from None
    except UnicodeDecodeError:
        raise FormError(f"{path.name} is not UTF-8 text.") from None
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormError(f"{path.name} is not TOML: {error}.") from None
    return check_form(given, path.name)


def check_form(given: Any, name: str = "The form") -> QualityForm:
    """Return `given` as a form. Raises FormError, which names the fields."""
    try:
        form = QualityForm.model_validate(given)
    except ValidationError as wrong:
        complaints = list(_complaints(given, wrong))
        more = f" and {len(complaints) - _MOST_TOLD} more" if len(complaints) > _MOST_TOLD else ""
        raise FormError(f"{name}: {'; '.join(complaints[:_MOST_TOLD])}{more}.") from None
    for criterion in form.criteria:
        if not criterion.measured:
            continue
        known = MEASURED.get(criterion.measured)
        if known is None:
            raise FormError(
                f"{name}: {criterion.id}.measured: the program does not measure "
                f'"{criterion.measured}"; it knows {", ".join(sorted(MEASURED))}.'
            )
        absent = sorted(known.answers - {option.id for option in criterion.answers})
        if absent:
            raise FormError(f'{name}: {criterion.id}.answers: "{absent[0]}" is missing.')
    return form


def _complaints(given: Any, wrong: ValidationError) -> Iterator[str]:
    for each in wrong.errors(include_url=False, include_context=False, include_input=False):
        told = each["msg"].removeprefix("Value error, ")
        place = _place(given, each["loc"])
        yield f"{place}: {told}" if place else told


def _place(given: Any, path: Sequence[int | str]) -> str:
    """Return where in the form something is wrong, by the ids in it: opening.greeting.weight."""
    names: list[str] = []
    at = given
    for step in path:
        try:
            at = at[step]
        except (KeyError, IndexError, TypeError):
            at = None
        if isinstance(step, int):
            id = at.get("id") if isinstance(at, dict) else None
            names[-1:] = [str(id)] if isinstance(id, str) else [f"{names[-1]} {step + 1}"] if names else []
        else:
            names.append(str(step))
    return ".".join(names)
