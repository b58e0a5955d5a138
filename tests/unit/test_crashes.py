"""How the last run ended is known at the next start, and no caller's word goes into a report of it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from copilot_desktop import config, crashes, diagnostics, problem_report

log = logging.getLogger("copilot.test")


def test_an_orderly_end_leaves_nothing_to_tell(tmp_path: Path) -> None:
    with crashes.a_run_in(tmp_path) as told:
        assert told == ""
    with pytest.raises(KeyError), crashes.a_run_in(tmp_path):
        raise KeyError
    with crashes.a_run_in(tmp_path) as told:
        assert told == "", "what was caught and logged on the way out is an end in order"
    with crashes.a_run_in(tmp_path / "not there") as told:
        assert told == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no abort that Python dumps")
@pytest.mark.parametrize("way", ["os._exit(7)", "faulthandler._sigabrt()"])
def test_a_run_that_broke_off_is_told_with_where(tmp_path: Path, way: str) -> None:
    (tmp_path / "fault.log").write_text("an old dump\n", encoding="utf-8")
    program = (
        "import faulthandler, os, pathlib\n"
        "from copilot_desktop import crashes\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "def in_the_middle():\n"
        f"    {way}\n"
        "with crashes.catching_crashes(folder), crashes.a_run_in(folder):\n"
        "    in_the_middle()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], env=dict(os.environ), check=False)
    assert ended.returncode != 0
    with crashes.a_run_in(tmp_path) as told:
        assert "did not come to its end in order" in told
        assert ("in_the_middle" in told) == ("abrt" in way)
        assert "an old dump" not in told
    with crashes.a_run_in(tmp_path) as told:
        assert told == ""


@pytest.mark.allow_warnings("it is made to fail")
def test_a_problem_report_has_the_place_and_neither_words_nor_keys(tmp_path: Path) -> None:
    settings = config.load(data_dir=tmp_path)
    secret, words = "hush-hush-key", "my dog is called Rex"

    def fail() -> None:
        spoken = words
        raise ValueError(f"cannot read {spoken!r} with {secret} of +12025550142")

    with diagnostics.logging_to(tmp_path / "logs", secrets=[secret]):
        try:
            fail()
        except ValueError:
            log.exception("a callback failed")
    text = problem_report.write(settings, [], "The run that began did not come to its end in order.")
    assert "did not come to its end in order" in text
    assert "in fail" in text
    assert "ValueError: (its words are left out)" in text
    for private in ("Rex", secret, "5550142"):
        assert private not in text


def test_words_of_errors_of_every_kind_are_left_out() -> None:
    log_text = (
        "sqlalchemy.exc.OperationalError: (near 'Rex')\n"
        "[SQL: Rex]\n"
        "\n"
        "The above exception was the direct cause of\n"
        "ExceptionGroup: Rex (2 sub-exceptions)\n"
        "2026-03-12 WARNING copilot.engines: writer: too slow\n"
        "TimeoutError\n"
    )
    told = crashes.without_words(log_text)
    assert "Rex" not in told
    assert "sqlalchemy.exc.OperationalError: (its words" in told
    assert "writer: too slow" in told
