"""What is hidden stays hidden, in every format, name and sound; what is shown is what was asked for."""

from __future__ import annotations

import asyncio
import base64
import csv
import hashlib
import html
import io
import json
import re
import wave
from pathlib import Path

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.calls.events import CallId
from copilot_desktop.exporting import (
    Exportable,
    ExportFailed,
    export_calls,
    export_report,
    prepared,
    silences,
)
from copilot_desktop.privacy.redaction import Hidden
from copilot_desktop.report import build
from copilot_desktop.report.choice import ExportChoice, ExportFormat
from copilot_desktop.report.exports import file_name, from_json, to_json
from copilot_desktop.report.hiding import with_texts, without_people
from copilot_desktop.report.names import hide_names, names_in
from copilot_desktop.store.wav import WavFile
from tests.unit.report.calls import CALLER, in_order, known_call, words
from tests.unit.report.private_call import NAME, PRIVATE, private_call

PLAIN = (ExportFormat.HTML, ExportFormat.JSON, ExportFormat.CSV, ExportFormat.TXT)
LOUD = 8000


def written(tmp_path: Path, choice: ExportChoice, recording: Path | None = None) -> Path:
    report = build(private_call())
    path = tmp_path / file_name(report, choice.format)
    asyncio.run(export_report(report, choice, path, recording))
    return path


@pytest.mark.parametrize("format", PLAIN)
def test_people_are_nowhere_in_the_bytes(tmp_path: Path, format: ExportFormat) -> None:
    path = written(tmp_path, ExportChoice(format=format, shows_names=False))
    text = path.read_text(encoding="utf-8")
    # The picture of the timeline has words too.
    text += "".join(
        base64.b64decode(data).decode() for data in re.findall(r"svg\+xml;base64,([\w+/=]+)", text)
    )
    for secret in PRIVATE:
        assert secret.casefold() not in text.casefold(), secret
        assert secret.casefold() not in path.name.casefold()
    if format is not ExportFormat.CSV:
        assert "[name hidden]" in text
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("format", PLAIN)
def test_redaction_hides_numbers_and_leaves_names(tmp_path: Path, format: ExportFormat) -> None:
    text = written(tmp_path, ExportChoice(format=format)).read_text(encoding="utf-8")
    assert NAME in text
    for secret in ("4111 1111", "DE89 3704", "maria.keller@example.org", "two oh two", "202 555 0142"):
        assert secret not in text
    whole = written(tmp_path, ExportChoice(format=format, is_redacted=False)).read_text(encoding="utf-8")
    if format is not ExportFormat.CSV:
        assert "4111 1111 1111 1111" in whole
        assert "maria.keller@example.org" in whole


def test_every_text_of_a_report_is_reached_but_for_the_programs_own() -> None:
    report = build(private_call())
    changed = with_texts(report, lambda text: "x")
    assert {line.text for line in changed.lines} == {"x"}
    assert (changed.notes, changed.summary) == ("x", "x")
    assert {mark.text for mark in changed.marks if mark.text} == {"x"}
    assert {each.detail for each in changed.happenings if each.detail} == {"x"}
    assert changed.measures == report.measures
    assert changed.lines[0].party is report.lines[0].party
    assert with_texts(report, lambda text: text) is report


def test_two_calls_of_one_id_stay_together_without_saying_whose() -> None:
    one, other = (without_people(build(known_call())) for _ in range(2))
    assert one.call_id == other.call_id != build(known_call()).call_id
    assert from_json(to_json(one)) == one


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("My name is Anna-Lena O'Brien and my order is late.", {"anna-lena", "o'brien"}),
        ("my name is jonas", {"jonas"}),
        ("Hello, this is Ağaoğlu from Harbor.", {"ağaoğlu"}),
        ("I'm late, I am sorry, it's Friday, this is the order.", set()),
        ("Dr. Ngũgĩ will call.", {"ngũgĩ"}),
        ("My name is on the letter.", set()),
        ("My name is محمد", {"محمد"}),
    ],
)
def test_names_are_found_by_how_they_are_said(text: str, names: set[str]) -> None:
    assert names_in([text]) == names


def test_a_name_is_hidden_however_it_is_written_and_no_part_of_another_word() -> None:
    hidden = hide_names("KELLER, Keller's, Kellerman, maria  keller", {"keller", "maria"})
    assert hidden == "[name hidden], [name hidden]'s, Kellerman, [name hidden]"


def recording_of(folder: Path, seconds: int = 62) -> Path:
    """A call that is loud on both sides all the time."""
    sound = np.full(8000 * seconds, LOUD, dtype=np.int16)
    path = folder / "kept.wav"
    with WavFile(path) as file:
        file.append(g711.encode(sound), g711.encode(sound))
    return path


def test_what_the_owner_does_not_want_hidden_stays(tmp_path: Path) -> None:
    kinds = frozenset({Hidden.BANK})
    text = written(tmp_path, ExportChoice(format=ExportFormat.TXT, hides=kinds)).read_text(encoding="utf-8")
    assert "maria.keller@example.org" in text
    assert "DE89" not in text


def test_the_sound_beside_is_silent_where_the_words_are_hidden(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    kept = recording_of(tmp_path)
    report = build(private_call())
    path = out / "r.txt"
    choice = ExportChoice(format=ExportFormat.TXT, with_recording=True)
    assert asyncio.run(export_report(report, choice, path, kept)) == [path, out / "r.wav"]
    assert report.recorded is not None
    with wave.open(str(out / "r.wav")) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    card_said = slice(*(8 * report.recorded.recording_ms(at_ms) for at_ms in (21_000, 22_000)))
    assert not sound[card_said, 0].any(), "the caller says a card number"
    assert abs(int(sound[card_said.start + 400, 1]) - LOUD) < LOUD / 20, "we say nothing private meanwhile"
    assert abs(int(sound[8 * report.recorded.recording_ms(16_000), 0]) - LOUD) < LOUD / 20
    as_kept = ExportChoice(format=ExportFormat.TXT, with_recording=True, is_redacted=False)
    asyncio.run(export_report(report, as_kept, path, kept))
    assert (out / "r.wav").read_bytes() == kept.read_bytes()


def test_a_page_with_sound_stands_alone_and_its_quotes_play(tmp_path: Path) -> None:
    kept = recording_of(tmp_path)
    path = written(tmp_path, ExportChoice(format=ExportFormat.HTML, with_recording=True), kept)
    page = path.read_text(encoding="utf-8")
    assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?(?!data:)(https?:|//|file:)""", page)
    assert page.count("<script>") == 1
    sound = base64.b64decode(page.split("data:audio/wav;base64,")[1].split('"')[0])
    assert sound[:4] == b"RIFF"
    assert int.from_bytes(sound[4:8], "little") == len(sound) - 8
    assert int.from_bytes(sound[20:22], "little") == 7, "µ-law"
    data = sound.index(b"data")
    assert int.from_bytes(sound[data + 4 : data + 8], "little") == 62 * 8000 * 2 == len(sound) - data - 8
    report = build(private_call())
    assert report.recorded is not None
    assert f'data-s="{report.recorded.recording_ms(16_000) / 1000:.2f}"' in page
    script = page.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html.unescape(page)
    without = written(tmp_path, ExportChoice(format=ExportFormat.HTML), kept).read_text(encoding="utf-8")
    assert "<audio" not in without
    assert "<script" not in without


def test_where_names_are_hidden_no_voice_goes_along(tmp_path: Path) -> None:
    kept = recording_of(tmp_path)
    for format in PLAIN:
        choice = ExportChoice(format=format, shows_names=False, with_recording=True)
        path = written(tmp_path, choice, kept)
        assert not path.with_suffix(".wav").exists()
        assert "audio/wav" not in path.read_text(encoding="utf-8")


def test_nothing_is_silenced_without_a_reason() -> None:
    report = build(known_call())
    assert silences(report, prepared(report, ExportChoice())) == []


def test_many_calls_are_one_table_or_a_folder_of_files(tmp_path: Path) -> None:
    async def read(call: CallId) -> Exportable:
        return Exportable(build(in_order(known_call(), words(CALLER, 21_000, 22_000, str(call)))))

    calls, told = [CallId("a"), CallId("b"), CallId("c")], list[tuple[int, int]]()
    table = tmp_path / "calls.csv"
    choice = ExportChoice(format=ExportFormat.CSV)
    asyncio.run(export_calls(calls, choice, table, read, lambda *done: told.append(done)))
    assert len(list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"))))) == 3
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    folder = tmp_path / "out"
    folder.mkdir()
    paths = asyncio.run(export_calls(calls, ExportChoice(format=ExportFormat.JSON), folder, read))
    assert len(set(paths)) == 3
    assert paths[1].name == paths[0].name.replace(".json", "_2.json")
    said = [json.loads(path.read_text())["report"]["lines"] for path in paths]
    assert all(call in [line["text"] for line in lines] for call, lines in zip("abc", said, strict=True))


@pytest.mark.parametrize("format", PLAIN)
def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, format: ExportFormat) -> None:
    report = build(known_call())
    target = tmp_path / "there"
    target.mkdir()
    with pytest.raises(ExportFailed, match="a folder has this name. Choose another name"):
        asyncio.run(export_report(report, ExportChoice(format=format), target))
    with pytest.raises(ExportFailed, match="its folder is not there. Make the folder"):
        asyncio.run(export_report(report, ExportChoice(format=format), tmp_path / "none" / "r"))
    old = tmp_path / "old"
    old.write_text("old")
    asyncio.run(export_report(report, ExportChoice(format=format), old))
    assert old.read_text(encoding="utf-8-sig") != "old"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["old", "there"]


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    path.write_text("old")
    gone = recording_of(tmp_path)
    choice = ExportChoice(format=ExportFormat.HTML, with_recording=True)

    class Vanishing(type(gone)):  # type: ignore[misc]
        """Is there when it is looked for, and cannot be read."""

        def open(self, *args: object, **kwargs: object) -> object:
            raise OSError(28, "No space left on device")

    with pytest.raises(ExportFailed, match="the disk is full. Free some space"):
        asyncio.run(export_report(build(private_call()), choice, path, Vanishing(gone)))
    assert path.read_text() == "old"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["kept.wav", "r.html"]
