"""Every measure against values worked out by hand, and what is missing when it cannot be measured."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.events import (
    CallEvent,
    DigitPressed,
    DigitsSent,
    NoticeGiven,
    Outcome,
    Party,
    RecordingCause,
    RecordingChanged,
    TransferChanged,
    TransferResult,
)
from copilot_desktop.calls.states import Mode
from copilot_desktop.privacy import Hidden
from copilot_desktop.report import build, wording
from copilot_desktop.report.line_quality import mos, rating
from copilot_desktop.report.model import Grade, Handling, MarkKind, Span
from copilot_desktop.report.waiting_facts import nearest_rank
from tests.unit.report.calls import (
    AGENT,
    AI,
    CALL,
    CALLER,
    answered,
    hold,
    in_order,
    known_call,
    line,
    live,
    lost,
    mode,
    over,
    recorded,
    ringing,
    sound,
    words,
)

# Speech off hold: caller 17.5 s, AI 8.6 s, agent 4.7 s. Conversation off hold: 50 s.
BY_HAND = {
    "talk_share_caller": 17_500 / 30_800,
    "talk_share_ai": 8600 / 30_800,
    "talk_share_agent": 4700 / 30_800,
    "talk_to_listen": 13_300 / 30_800,
    "longest_monologue": 4500,
    "longest_caller_story": 5000,
    "interactivity": 8 / (50 / 60),
    "ai_response_median": 1000,
    "ai_response_p95": 2000,
    "ai_response_max": 2000,
    "ai_dropped_replies": 0,
    "agent_response_median": 800,
    "agent_response_max": 800,
    "patience": 900,
    "longest_silence": 8000,
    "dead_air": 0,
    "non_talk_share": 21_300 / 50_000,
    "hold_total": 10_000,
    "hold_count": 1,
    "hold_longest": 10_000,
    "interruptions": 1,
    "interruptions_per_10_min": 12,
    "back_channels": 1,
    "overtalk_share": 2100 / 50_000,
    "barge_ins": 1,
    "false_barge_ins": 0,
    "barge_in_stop": 600,
    # Words on hold count, and so does the speech on hold: 19.5 s.
    "words_per_minute_caller": 41 / (19.5 / 60),
    "words_per_minute_ai": 17 / (8.6 / 60),
    "words_per_minute_agent": 14 / (4.7 / 60),
    "fillers_caller": 100 * 2 / 41,
    "fillers_agent": 0,
    "questions_by_us": 3,
    "questions_by_caller": 2,
    "take_overs": 1,
    "take_over_latency": 80,
    "agent_floor_time": 12_000,
    "hand_backs": 1,
    "suggestions_shown": 4,
    "suggestions_used": 1,
    "suggestions_edited": 1,
    "suggestions_skipped": 1,
    "suggestions_expired": 1,
    "suggestion_words_changed": 2,
    "notice_given": 1600,
    "recording_paused": 5500,
    "line_gaps": 1,
    "line_gap_time": 400,
    "line_lost_share": 400 / 40_400,
    "line_jitter": 15,
    "line_late": 0,
    "line_jitter_p95": 40,
    "line_rating": 93.2 - 95 * 0.990099 / (0.990099 + 4.3),
    "line_mos": 3.83979,
    "line_bad_messages": 0,
}
MOMENTS = {
    "longest_monologue": [(10000, 14500)],
    "longest_caller_story": [(4000, 9000)],
    "longest_silence": [(20000, 28000)],
    "patience": [(9000, 10000), (56000, 56800)],
    "agent_response_max": [(56000, 56800)],
    "ai_response_max": [(40000, 42000)],
    "interruptions": [(52000, 53000)],
    "back_channels": [(49000, 49500)],
    "overtalk_share": [(45000, 45600), (49000, 49500), (52000, 53000)],
    "barge_ins": [(45000, 45600)],
    "hold_longest": [(30000, 40000)],
    "take_overs": [(47000, 47000)],
    "notice_given": [(3600, 3600)],
    "recording_paused": [(31000, 36500)],
    "fillers_caller": [(4000, 9000)],
    "questions_by_caller": [(28000, 32000)],
}
GRADES = {
    "ai_response_median": Grade.WATCH,
    "ai_response_p95": Grade.BAD,
    "dead_air": Grade.GOOD,
    "hold_longest": Grade.GOOD,
    "line_gaps": Grade.WATCH,
    "line_lost_share": Grade.GOOD,
    "line_jitter": Grade.GOOD,
    "line_mos": Grade.WATCH,
}


def of(events: list[CallEvent], id: str) -> float | None:
    return build(events).measure(id).value


def why(events: list[CallEvent], id: str) -> str:
    measure = build(events).measure(id)
    assert measure.value is None
    return measure.missing_because


def a_minute(*parts: CallEvent | list[CallEvent]) -> list[CallEvent]:
    """A minute's call from 0 s on with two short turns of the caller, and `parts`."""
    return in_order(ringing(), live(0), sound(CALLER, (1000, 2000), (3000, 4000)), *parts, over(60_000))


def test_every_measure_is_what_was_worked_out_by_hand() -> None:
    measured = {measure.id: measure.value for measure in build(known_call()).measures}
    assert measured == pytest.approx(BY_HAND, rel=1e-4)


@pytest.mark.parametrize("id", MOMENTS)
def test_moments_can_be_opened(id: str) -> None:
    assert list(build(known_call()).measure(id).moments) == MOMENTS[id]


def test_only_what_has_a_defensible_threshold_is_graded() -> None:
    grades = {measure.id: measure.grade for measure in build(known_call()).measures if measure.grade}
    assert grades == GRADES


def test_each_measure_is_explained_and_is_either_there_or_says_why_not() -> None:
    calls = [
        known_call(),
        [ringing(), *over(500, Outcome.MISSED)[1:]],
        in_order(ringing(), live(0), over(9000)),
    ]
    for report in map(build, calls):
        for measure in report.measures:
            assert measure.definition.endswith(".")
            assert (measure.value is None) == bool(measure.missing_because)
    ids = [measure.id for measure in build(known_call()).measures]
    assert len(ids) == len(set(ids))


def test_the_head_of_the_report() -> None:
    report = build(known_call())
    assert report.conversation == Span(2000, 62000)
    assert report.duration_ms == 62_700
    assert report.handled_by == (
        Handling(mode=Mode.AI_SPEAKS, duration_ms=48_000),
        Handling(mode=Mode.AGENT_SPEAKS, duration_ms=12_000),
    )
    kinds = [mark.kind for mark in report.marks]
    assert kinds == [MarkKind.NOTICE, MarkKind.CUT_SHORT, MarkKind.TAKE_OVER, MarkKind.HAND_BACK]
    assert report.score_note.startswith("No score: no AI was connected")
    cut = [said for said in report.lines if said.cut_short]
    assert [(said.text, said.unheard) for said in cut] == [
        ("Your order will arrive", "on Friday before noon.")
    ]


def test_a_call_that_was_never_connected_has_no_numbers() -> None:
    report = build([ringing(), *over(12_000, Outcome.MISSED)[1:]])
    assert all(measure.value is None for measure in report.measures)
    assert report.score_note == "No score: the call was never connected."
    assert report.conversation is None
    with pytest.raises(ValueError, match="needs the facts"):
        build([])


def test_short_and_silent_calls_get_no_rates_and_no_score() -> None:
    short = in_order(ringing(), live(0), sound(CALLER, (1000, 3000)), sound(AI, (4000, 6000)), over(14_000))
    for id in (
        "talk_share_ai",
        "interactivity",
        "non_talk_share",
        "overtalk_share",
        "interruptions_per_10_min",
    ):
        assert why(short, id) == "the call was shorter than 15 s"
    assert of(short, "longest_caller_story") == 2000
    assert "shorter than 15 s" in build(short).score_note
    silent = in_order(ringing(), live(0), over(30_000))
    assert why(silent, "talk_share_ai") == why(silent, "longest_silence") == "no speech was measured"
    assert "said too little" in build(silent).score_note


def test_a_call_without_an_end_is_measured_as_far_as_it_went() -> None:
    report = build([event for event in known_call() if event.at_ms <= 20_000])
    assert report.outcome is None
    assert report.conversation == Span(2000, 20_000)
    assert report.measure("longest_monologue").value == 4500


def test_dead_air_counts_unless_it_was_announced() -> None:
    silence = sound(AI, (5000, 6000)) + sound(CALLER, (18_000, 59_000))
    plain = a_minute(silence, words(AI, 5000, 6000, "Your order is late."))
    announced = a_minute(silence, words(AI, 5000, 6000, "One moment, please."))
    measure = build(plain).measure("dead_air")
    assert (measure.value, measure.grade, measure.moments) == (1, Grade.WATCH, (Span(6000, 18_000),))
    assert of(announced, "dead_air") == 0
    assert of(announced, "longest_silence") == 12_000
    assert build(a_minute()).measure("dead_air").grade is Grade.BAD


def test_a_wait_across_a_hold_or_a_lost_line_is_nobodys_slowness() -> None:
    breaks: list[list[CallEvent]] = [hold(5000, 20_000), [lost(5000), live(20_000)]]
    for break_ in breaks:
        events = a_minute(break_, sound(AGENT, (21_000, 22_000)))
        assert why(events, "agent_response_median") == "the agent did not answer the caller"
        assert of(events, "dead_air") == 1  # From 22 s to the end, none before.


def test_a_hold_is_graded_by_its_length_and_an_open_one_ends_with_the_call() -> None:
    assert build(a_minute(hold(5000, 59_000))).measure("hold_longest").grade is Grade.GOOD
    long = in_order(ringing(), live(0), hold(1000, 125_000)[:1], over(121_500))
    measure = build(long).measure("hold_longest")
    assert (measure.value, measure.grade) == (120_500, Grade.BAD)


def test_listening_words_do_not_interrupt_and_words_do() -> None:
    long = sound(CALLER, (10_000, 20_000))
    for text, interruptions in (("Yes, I see.", 0), ("No, wait.", 1)):
        events = a_minute(long, sound(AGENT, (12_000, 12_800)), words(AGENT, 12_100, 12_900, text))
        assert of(events, "interruptions") == interruptions
        assert of(events, "back_channels") == 1 - interruptions
    # "Yes" as an answer takes the floor, and speech without words is given no excuse.
    assert (
        of(
            a_minute(long, sound(AGENT, (20_100, 20_600)), words(AGENT, 20_100, 20_600, "Yes.")),
            "back_channels",
        )
        == 0
    )
    assert of(a_minute(long, sound(AGENT, (12_000, 12_800))), "interruptions") == 1


def test_starting_with_the_caller_or_just_before_the_end_is_no_interruption() -> None:
    for start_ms in (10_299, 19_701):
        events = a_minute(sound(CALLER, (10_000, 20_000)), sound(AI, (start_ms, 25_000)))
        assert of(events, "interruptions") == 0
    assert of(a_minute(sound(CALLER, (10_000, 20_000)), sound(AI, (10_300, 25_000))), "interruptions") == 1


def test_a_noise_that_stops_the_ai_is_a_false_barge_in() -> None:
    events = a_minute(sound(AI, (10_000, 20_000)), sound(CALLER, (15_000, 15_400)))
    assert of(events, "barge_ins") == of(events, "false_barge_ins") == 1
    assert why(events, "barge_in_stop") == "the caller did not break in with words"


def test_our_words_stand_in_for_sound_that_was_not_measured_the_callers_do_not() -> None:
    events = in_order(
        ringing(),
        live(0),
        words(AI, 1000, 5000, "Good day."),
        words(CALLER, 6000, 9000, "Hello."),
        over(20_000),
    )
    speech = {each.party: each.spans for each in build(events).speech}
    assert speech[Party.ASSISTANT] == (Span(1000, 5000),)
    assert speech[Party.CALLER] == ()


def test_words_without_punctuation_hide_questions_and_few_words_give_no_pace() -> None:
    events = a_minute(words(CALLER, 1000, 2000, "where is my order"))
    assert why(events, "questions_by_caller") == "the words came without punctuation"
    assert why(events, "words_per_minute_caller") == "too few words"
    assert why(events, "words_per_minute_agent") == "no words"


def test_answering_in_person_is_no_take_over() -> None:
    events = in_order(
        ringing(),
        mode(1500, Mode.AI_SPEAKS, Mode.AGENT_SPEAKS),
        live(2000),
        sound(AGENT, (3000, 9000)),
        over(40_000),
    )
    assert of(events, "take_overs") == 0
    assert of(events, "agent_floor_time") == 38_000
    assert why(events, "take_over_latency") == "nobody took over"


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert nearest_rank(range(1, 101), 0.95) == 95
    assert nearest_rank([7], 0.95) == 7
    fast = build(a_minute([answered(5000 + n, 790) for n in range(20)])).measure("ai_response_p95")
    assert (fast.value, fast.grade) == (790, Grade.GOOD)


@pytest.mark.parametrize(
    ("r", "score"),
    [(93.2, 4.41), (90, 4.34), (80, 4.02), (70, 3.60), (60, 3.10), (50, 2.58), (-1, 1), (101, 4.5)],
)
def test_opinion_score_of_a_rating(r: float, score: float) -> None:
    assert mos(r) == pytest.approx(score, abs=0.005)


@pytest.mark.parametrize(
    ("loss", "bpl", "r", "score"),
    [
        *[(0, 4.3, 93.2, 4.41), (0.5, 4.3, 83.3, 4.14), (1, 4.3, 75.3, 3.83), (2, 4.3, 63.0, 3.26)],
        *[(3, 4.3, 54.2, 2.79), (5, 4.3, 42.1, 2.17), (10, 4.3, 26.8, 1.48)],
        *[(0.5, 25.1, 91.3, 4.37), (1, 25.1, 89.6, 4.33), (2, 25.1, 86.2, 4.23), (3, 25.1, 83.1, 4.13)],
        *[(5, 25.1, 77.4, 3.92), (10, 25.1, 66.1, 3.41)],
    ],
)
def test_rating_by_loss(loss: float, bpl: float, r: float, score: float) -> None:
    assert rating(loss_percent=loss, bpl=bpl) == pytest.approx(r, abs=0.05)
    assert mos(rating(loss_percent=loss, bpl=bpl)) == pytest.approx(score, abs=0.005)


@pytest.mark.parametrize(
    ("delay_ms", "down"),
    [(100, 0), (150, 0.2), (200, 3.0), (250, 8.9), (300, 14.8), (400, 24.1), (500, 30.6)],
)
def test_rating_by_delay(delay_ms: float, down: float) -> None:
    assert 93.2 - rating(loss_percent=0, one_way_ms=delay_ms) == pytest.approx(down, abs=0.05)


def test_a_poor_line_is_told_and_a_good_one_is_not() -> None:
    poor = build(a_minute(line(950, 1, 1050, 31.0)))
    assert "5% of the caller's sound did not arrive" in poor.caution
    grades = [poor.measure(id).grade for id in ("line_gaps", "line_lost_share", "line_jitter", "line_mos")]
    assert grades == [Grade.BAD] * 4
    good = build(a_minute(line(1000, 0, 0, 2.0)))
    assert good.caution == ""
    assert good.measure("line_mos").grade is Grade.GOOD
    assert why(a_minute(), "line_mos") == "the line was not measured"


def test_pauses_of_the_recording_run_on_through_a_change_of_reason_and_to_the_end() -> None:
    pauses = [
        recorded(0, is_on=True, cause=RecordingCause.CALL_BEGAN),
        recorded(10_000, is_on=False, cause=RecordingCause.CARD_NUMBER),
        recorded(12_000, is_on=False, cause=RecordingCause.AGENT),
        recorded(20_000, is_on=True, cause=RecordingCause.AGENT),
        recorded(50_000, is_on=False, cause=RecordingCause.AGENT),
    ]
    call = a_minute(list[CallEvent](pauses))
    assert of(call, "recording_paused") == 20_000
    assert why(call, "notice_given") == "no notice was given"
    assert why(a_minute(), "recording_paused") == "the call was not recorded"
    # What older programs wrote as a cause is no pause.
    old = RecordingChanged(call_id=CALL, at_ms=5, is_recording=True, cause="call began")
    assert of(a_minute(old), "recording_paused") == 0


def test_what_happened_besides_the_talk_is_told_in_order() -> None:
    def pressed(at_ms: int, digit: str) -> CallEvent:
        return DigitPressed(call_id=CALL, at_ms=at_ms, digit=digit)

    def transfer(at_ms: int, result: TransferResult) -> CallEvent:
        return TransferChanged(call_id=CALL, at_ms=at_ms, to="+12025550142", result=result)

    call = a_minute(
        NoticeGiven(call_id=CALL, at_ms=4000, text="", by=AGENT),
        recorded(4100, is_on=False, cause=RecordingCause.CARD_NUMBER),
        recorded(9000, is_on=True, cause=RecordingCause.CARD_NUMBER_OVER),
        [pressed(10_000, "1"), pressed(10_500, "2"), pressed(20_000, "•")],
        DigitsSent(call_id=CALL, at_ms=30_000, digits="99#"),
        [transfer(40_000, TransferResult.ASKED), transfer(50_000, TransferResult.REFUSED)],
    )
    told = [(each.at_ms, wording.happening(each)) for each in build(call).happenings]
    assert told == [
        (4000, "Notice given by the agent"),
        (4100, "Recording paused (card number)"),
        (9000, "Recording goes on"),
        (10_000, "The caller pressed 12"),
        (20_000, "The caller pressed •"),
        (30_000, "Keys sent: 99#"),
        (40_000, "Transfer asked, to +1 202-555-0142"),
        (50_000, "Nobody took the transfer to +1 202-555-0142"),
    ]


def test_passages_that_are_hidden_are_told_with_their_kinds() -> None:
    talk = [
        words(CALLER, 5000, 7000, f"It is {Hidden.PHONE.mark}."),
        words(AGENT, 8000, 9000, f"So {Hidden.PHONE.mark} and {Hidden.EMAIL.mark}?"),
    ]
    measure = build(a_minute(list[CallEvent](talk))).measure("hidden_passages")
    assert measure.name == "Passages hidden (e-mail address, phone number)"
    assert measure.value == 3
    assert [moment.at_ms for moment in measure.moments] == [5000, 8000]
    assert "hidden_passages" not in {each.id for each in build(a_minute()).measures}
