"""What engines cost, by the table that came with the program and the owner's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.events import CallId, EngineUsed
from copilot_desktop.config import resources
from copilot_desktop.engines.prices import Cost, PriceTable, dollars, is_own_server, see_to_own
from copilot_desktop.engines.server.openai_models import DEFAULT_MODELS

SHIPPED = resources() / "prices.toml"
OPENAI = "api.openai.com"


@pytest.fixture
def table() -> PriceTable:
    return PriceTable.load(SHIPPED)


def hearing(seconds: float, model: str = "gpt-live-transcribe", host: str = OPENAI) -> Usage:
    return Usage(part=EnginePart.HEARING, model=model, host=host, seconds=seconds)


WRITING = Usage(
    part=EnginePart.WRITER,
    model="gpt-6-luna",
    host=OPENAI,
    input_tokens=1_000_000,
    cached_tokens=400_000,
    output_tokens=100_000,
)


def test_sound_text_and_letters(table: PriceTable) -> None:
    assert table.cost(hearing(600)).usd == pytest.approx(0.17)
    written = table.cost(WRITING)
    assert written == Cost(written.usd)
    assert written.usd == pytest.approx(0.6 * 0.10 + 0.4 * 0.01 + 0.1 * 0.50)
    spoken = Usage(part=EnginePart.VOICE, model="tts-1", host=OPENAI, characters=2_000_000)
    assert table.cost(spoken).usd == pytest.approx(30)
    read = replace(spoken, model="gpt-realtime-2.1-mini", input_tokens=1000, audio_output_tokens=1200)
    assert table.cost(read).usd == pytest.approx(0.0006 + 0.024)


def test_a_fact_of_the_history_costs_what_the_usage_did(table: PriceTable) -> None:
    fact = EngineUsed(
        call_id=CallId("a"),
        at_ms=5,
        part=EnginePart.WRITER,
        model="gpt-6-luna",
        host=OPENAI,
        input_tokens=1_000_000,
        cached_tokens=400_000,
        output_tokens=100_000,
    )
    assert table.cost(fact) == table.cost(WRITING)
    both = table.total([fact, hearing(600)])
    assert both.usd == pytest.approx(table.cost(fact).usd + 0.17)
    assert table.total([]) == Cost(0.0)


def test_what_is_only_about_right_is_told(table: PriceTable) -> None:
    assert not table.cost(WRITING).is_estimate
    assert table.cost(replace(WRITING, is_estimate=True)).is_estimate
    guessed_price = Usage(part=EnginePart.VOICE, model="gpt-4o-mini-tts", host=OPENAI, characters=900)
    cost = table.cost(guessed_price)
    assert cost.is_estimate
    assert cost.usd == pytest.approx(0.015, rel=0.01)
    assert table.total([WRITING, guessed_price]).is_estimate


def test_a_voice_that_does_not_say_its_tokens_is_reckoned_by_its_text(table: PriceTable) -> None:
    silent = Usage(part=EnginePart.VOICE, model="gpt-realtime-2.1-mini", host=OPENAI, characters=900)
    assert table.cost(silent).usd == pytest.approx(0.024)


def test_regions_cost_more_and_snapshots_the_same(table: PriceTable) -> None:
    assert table.cost(hearing(60, host="eu.api.openai.com")).usd == pytest.approx(0.017 * 1.1)
    assert table.cost(hearing(60, model="gpt-live-transcribe-2026-11-01")).usd == pytest.approx(0.017)


def test_without_a_price_nothing_is_pretended(table: PriceTable) -> None:
    assert table.cost(hearing(60, model="brand-new")) == Cost(0.0, is_known=False)
    assert table.cost(hearing(60, host="api.elsewhere.example")) == Cost(0.0, is_known=False)
    assert table.cost(hearing(60, host="192.168.1.7:8000")) == Cost(0.0)
    listens = Usage(part=EnginePart.WRITER, model="gpt-6-luna", host=OPENAI, audio_input_tokens=10)
    assert not table.cost(listens).is_known
    assert not table.total([WRITING, hearing(60, model="brand-new")]).is_known


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("localhost:11434", True),
        ("127.0.0.1", True),
        ("[::1]:8080", True),
        ("10.1.2.3:8000", True),
        ("gpu", True),
        ("gpu.local:8000", True),
        ("models.internal", True),
        ("8.8.8.8", False),
        ("api.elsewhere.example", False),
        ("local.example", False),
        ("", False),
        ("[broken", False),
    ],
)
def test_own_servers(host: str, is_own: bool) -> None:
    assert is_own_server(host) is is_own


def test_single_prices_of_the_owner_go_before(tmp_path: Path, table: PriceTable) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        'as_of = 2027-02-03\n["api.openai.com"."gpt-6-luna"]\nper_million_output_tokens = 5\n'
        '["gpu.local:8000"."my-model"]\nper_minute = 0.60\n'
    )
    mine = PriceTable.load(SHIPPED, own)
    assert mine.cost(WRITING).usd == pytest.approx(0.6 * 0.10 + 0.4 * 0.01 + 0.1 * 5)
    assert mine.cost(hearing(60)) == table.cost(hearing(60))
    assert mine.cost(hearing(60, "my-model", "gpu.local:8000")).usd == pytest.approx(0.6)
    assert (mine.as_of, mine.problem) == (date(2027, 2, 3), "")
    assert PriceTable.load(SHIPPED, tmp_path / "none.toml").problem == ""


@pytest.mark.allow_warnings
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"as_of = 2027", "as_of is not a day"),
        (b"per_minute = 1", "is not a host"),
        (b'["h"."m"]\nper_minuet = 1', "per_minuet is not known"),
        (b'["h"."m"]\nper_minute = -1', "per_minute is not a price"),
        (b'["h"."m"]\nper_minute = nan', "per_minute is not a price"),
        (b'["h"."m"]\nper_minute = "1"', "per_minute is not a price"),
        (b"regional_surcharge = true", "regional_surcharge is not a price"),
        (b'["h"."m"]\nper_minute =\n', "line 2"),
        (b"\xff\xfe", "not a text"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"#" * 1_000_001, "too large"),
    ],
)
def test_a_broken_table_of_the_owner_is_named_and_left_out(
    tmp_path: Path, table: PriceTable, text: bytes, reason: str
) -> None:
    own = tmp_path / "prices.toml"
    own.write_bytes(text)
    mine = PriceTable.load(SHIPPED, own)
    assert str(own) in mine.problem
    assert reason in mine.problem
    assert mine.cost(WRITING) == table.cost(WRITING)
    assert mine.as_of == table.as_of


def test_the_owners_table_is_made_once_and_does_nothing_by_itself(tmp_path: Path, table: PriceTable) -> None:
    own = tmp_path / "folder" / "prices.toml"
    see_to_own(own, table.as_of)
    mine = PriceTable.load(SHIPPED, own)
    assert (mine.problem, mine.cost(WRITING), mine.as_of) == ("", table.cost(WRITING), table.as_of)
    own.write_text(own.read_text().replace("# [", "[").replace("# per", "per").replace("# as", "as"))
    assert PriceTable.load(SHIPPED, own).problem == ""
    own.write_text("# mine\n")
    see_to_own(own, table.as_of)
    assert own.read_text() == "# mine\n"


def test_a_table_that_a_windows_editor_wrote(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_bytes(b'\xef\xbb\xbf["api.openai.com"."whisper-1"]\r\nper_minute = 0.5\r\n')
    mine = PriceTable.load(SHIPPED, own)
    assert mine.problem == ""
    assert mine.cost(hearing(60, "whisper-1")).usd == pytest.approx(0.5)


def test_every_model_that_is_tried_by_itself_has_its_price(table: PriceTable) -> None:
    for part, kinds in DEFAULT_MODELS.items():
        for model in (model for models in kinds.values() for model in models):
            told = table.describe(part, OPENAI, model)
            assert told.startswith("about $0."), (part, model)
            assert told.endswith("a call" if part is EnginePart.JUDGE else "a minute")


def test_in_words(table: PriceTable) -> None:
    assert table.describe(EnginePart.HEARING, OPENAI, "gpt-live-transcribe") == "about $0.0085 a minute"
    assert table.describe(EnginePart.WRITER, "localhost:11434", "any") == "costs nothing: your own server"
    assert "not in the price table" in table.describe(EnginePart.WRITER, OPENAI, "brand-new")
    assert [dollars(usd) for usd in (0, 12.345, 0.0999, 0.044, 0.0045, 0.00012, 0.00001)] == [
        "$0.00",
        "$12.35",
        "$0.10",
        "$0.044",
        "$0.0045",
        "$0.00012",
        "less than $0.0001",
    ]
