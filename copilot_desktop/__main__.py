"""`python -m copilot_desktop`, also called `copilot-desktop`: parses the command line, hands over.

What people can put right (arguments, settings, a taken port) ends in one line with a remedy and exit code 2.
Everything heavy is imported only once it is known what to do, so `--help` and `--version` answer at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from copilot_desktop import __version__

if TYPE_CHECKING:
    from copilot_desktop.config import SecretKeeper, Settings

PROGRAM = "copilot-desktop"
BAD_USAGE = 2
INTERRUPTED = 130
NO_DISPLAY = "There is no display here, so the practice call runs in the terminal."


class _Parser(argparse.ArgumentParser):
    """Complains in one line instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{PROGRAM}: {message}. See `{self.prog} --help`.\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the program; returns its exit code. `arguments` are the process's own if None."""
    if arguments is None and (helper := _helper()) is not None:
        return helper()
    _prepare_process()
    options = _parser().parse_args(arguments)
    from copilot_desktop.calls.errors import CopilotError
    from copilot_desktop.config import ConfigError

    try:
        return _run(options, expected=(ConfigError, CopilotError, BrokenPipeError))
    except (ConfigError, CopilotError) as problem:
        print(f"{PROGRAM}: {problem}", file=sys.stderr)
        return BAD_USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output, `head` for one, has enough. Python must not try to flush the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _helper() -> Callable[[], int] | None:
    """Return what this process is for if the program itself started it; frozen, it has no other way."""
    match sys.argv[1:2]:
        case ["--child-watch"]:
            from copilot_desktop.telephony import child_watch

            return child_watch.main
        case ["--ngrok-child"]:
            from copilot_desktop.telephony import ngrok_child

            return ngrok_child.main
        case ["--reading-child"]:
            from copilot_desktop.knowledge import reading_child

            return reading_child.main
        case ["--printing-child"]:
            from copilot_desktop.ui.export import pdf_child

            return pdf_child.main
    return None


def _prepare_process() -> None:
    if getattr(sys, "frozen", False):
        # A frozen program is started again for each worker process; those never come back from here.
        from multiprocessing import freeze_support

        freeze_support()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Consoles of some systems cannot show every letter; a "?" beats a crash.
            stream.reconfigure(errors="replace")


def _run(options: argparse.Namespace, *, expected: tuple[type[Exception], ...]) -> int:
    """Read the settings, start the log, and do what was asked for."""
    from copilot_desktop import config, crashes, diagnostics

    settings = config.load(data_dir=options.data_dir)
    keeper = config.SecretKeeper(settings)
    for notice in settings.notices:
        print(f"{PROGRAM}: {notice}", file=sys.stderr)
    logs = settings.data_dir / "logs"
    log = diagnostics.logging_to(
        logs,
        is_debug=options.debug or settings.log_level == "detailed",
        console=sys.stderr,
        console_level="INFO" if options.command == "serve" else "WARNING",
        secrets=keeper.values,
    )
    with log, crashes.catching_crashes(logs, expected=expected):
        return _hand_over(settings, keeper, options)


def _hand_over(settings: Settings, keeper: SecretKeeper, options: argparse.Namespace) -> int:
    from copilot_desktop import commands

    match options.command:
        case "practice":
            return _practice(settings, keeper, options)
        case "serve":
            return commands.run_serve(
                settings,
                keeper,
                port=options.port,
                answer=options.answer,
                has_practice_lines=options.practice_lines,
                has_line=not options.no_line,
            )
        case "check":
            return commands.run_check(settings, keeper, as_json=options.json)
        case "export":
            return commands.run_export(settings, options)
        case "history":
            return commands.run_history(settings, options)
        case "calls":
            return commands.run_calls(settings, search=options.search, as_json=options.json)
    if _has_display():
        return _show_window(settings, keeper)
    print(NO_DISPLAY, file=sys.stderr, flush=True)
    return commands.run_terminal_practice(settings)


def _practice(settings: Settings, keeper: SecretKeeper, options: argparse.Namespace) -> int:
    """A practice call in the window, or in the terminal, which can wait for the end and write its files."""
    from copilot_desktop import commands

    if options.list:
        return commands.run_practice_list(settings)
    in_terminal = options.terminal or options.export or options.json
    if not in_terminal and _has_display():
        return _show_window(
            settings, keeper, starts_practice=True, scenario=options.scenario, mode=options.mode
        )
    if not in_terminal:
        print(NO_DISPLAY, file=sys.stderr, flush=True)
    return commands.run_terminal_practice(
        settings,
        scenario=options.scenario,
        mode=options.mode,
        export_dir=options.export,
        json_file=options.json,
    )


def _show_window(settings: Settings, keeper: SecretKeeper, **practice: Any) -> int:
    try:
        from copilot_desktop.window import run_window
    except ImportError as problem:
        # The system lacks a library that Qt needs.
        remedy = (
            "`python3 packaging/dev.py run` installs what is missing; `practice --terminal` needs no window"
        )
        print(f"{PROGRAM}: no window can be shown ({problem}); {remedy}.", file=sys.stderr)
        return BAD_USAGE
    return run_window(settings, keeper, **practice)


def _has_display() -> bool:
    """Tell whether a window can be shown; only X and Wayland can be missing."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


# ── the command line ──────────────────────────────────────────────────────────────────────────────


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Live phone calls with an AI beside the agent. Without a command: the window.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=None, data_dir=None, debug=False)
    _add_common(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    _add_practice(_add(commands, "practice", "a call from a caller made of software"))
    _add_serve(_add(commands, "serve", "the server without a window; answers by itself"))
    _add_json(_add(commands, "check", "every self-check with its remedy; 0 only if a real call can be taken"))
    _add_export(_add(commands, "export", "write the report of a past call"))
    _add_history(_add(commands, "history", "copy the history to a shared one, or back"))
    calls = _add(commands, "calls", "list or search past calls")
    calls.add_argument("--search", metavar="WORDS", help="only calls with these words")
    _add_json(calls)
    return parser


def _add(commands: Any, name: str, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=words, description=words, allow_abbrev=False
    )
    _add_common(parser)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    """Options for before and after the command; SUPPRESS keeps the later parser from undoing the earlier."""
    words = "keep data and settings in this folder"
    parser.add_argument("--data-dir", type=Path, metavar="DIR", default=argparse.SUPPRESS, help=words)
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="tell more in the log"
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_history(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("copy",), help="what to do")
    way = parser.add_mutually_exclusive_group(required=True)
    words = "this computer's calls to the server at URL, or that of COPILOT_DATABASE_URL"
    way.add_argument("--to", metavar="URL", nargs="?", const="", help=words)
    words = "the calls of that server to this computer; recordings stay where they are"
    way.add_argument("--from", metavar="URL", nargs="?", const="", dest="from_", help=words)


def _add_practice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    parser.add_argument("--scenario", metavar="NAME", help="which one to practise")
    parser.add_argument("--mode", choices=("ai", "approve", "agent"), help="who speaks to the caller")
    parser.add_argument("--terminal", action="store_true", help="no window")
    words = "write report (PDF, HTML, JSON) and recording (WAV) here; no window"
    parser.add_argument("--export", type=Path, metavar="DIR", help=words)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the call's events here; no window")


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, metavar="N", help="where to listen; 0 takes any free port")
    answers = ("ai", "approve", "message", "voicemail", "never")
    parser.add_argument("--answer", choices=answers, default="ai", help="who takes the calls (ai)")
    words = "leave tunnel and phone number alone"
    parser.add_argument("--no-line", action="store_true", help=words)
    parser.add_argument("--practice-lines", action="store_true", help="also take calls of practice callers")


def _add_export(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("call", nargs="?", metavar="CALL_ID|last", help="which call")
    which.add_argument("--last", type=_count, metavar="N", help="the last N calls instead")
    which.add_argument("--since", type=_date, metavar="YYYY-MM-DD", help="all calls since that day instead")
    parser.add_argument("--format", required=True, choices=("pdf", "html", "json", "csv", "txt"))
    words = "file to write; a folder for several calls, but for csv"
    parser.add_argument("--out", "--to", required=True, type=Path, metavar="PATH", help=words)
    parser.add_argument("--hide-names", action="store_true", help="no names and no phone numbers")
    words = "leave card, bank, e-mail and phone numbers in the words as they are kept"
    parser.add_argument("--no-redaction", action="store_true", help=words)
    words = "with its sound: inside the HTML, a WAV beside the others"
    parser.add_argument("--with-recording", action="store_true", help=words)
    parser.add_argument("--paper", choices=("a4", "letter"), help="for pdf and html (as is usual here)")


def _count(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of calls; use 1 or more")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it like 2026-03-12") from None


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port; use a number from 0 to 65535")


if __name__ == "__main__":
    sys.exit(main())
