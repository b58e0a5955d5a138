"""Pacing our voice, and knowing what the caller heard of it."""

from __future__ import annotations

import asyncio

from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE
from copilot_desktop.calls.speaker import AHEAD_MS, LineSound, Speaker
from copilot_desktop.calls.speech import Speech
from tests.support.fake_link import FakeLink

TONE = bytes([0x90, 0x10]) * (FRAME_BYTES // 2)


class Desk:
    """A speaker on a line that plays in step."""

    def __init__(self) -> None:
        self.audible: list[int] = []
        self.finished: list[Speech] = []
        self.speaker = Speaker(
            on_audible=lambda speech, ahead_ms: self.audible.append(ahead_ms),
            on_finished=self.finished.append,
        )
        self.link = FakeLink(self.speaker.mark_played)
        self.speaker.attach(self.link)
        self.heard = b""

    def pass_time(self, duration_ms: int) -> None:
        for _ in range(duration_ms // 20):
            model = self.speaker.advance()
            played = self.link.play()
            assert model == played
            self.heard += played
            self.speaker.pump()

    def heard_tone_ms(self) -> int:
        return 20 * sum(
            self.heard[start : start + FRAME_BYTES] == TONE
            for start in range(0, len(self.heard), FRAME_BYTES)
        )


def speech_of(*sentences: tuple[str, int]) -> Speech:
    """A finished speech: each sentence with its duration in ms."""

    async def fill() -> Speech:
        speech = Speech()
        for text, duration_ms in sentences:
            sentence = speech.begin(text)
            await speech.add(sentence, TONE * (duration_ms // 20))
            sentence.is_complete = True
        speech.finish()
        return speech

    return asyncio.run(fill())


def test_the_first_frame_goes_alone_and_the_carrier_never_holds_more_than_allowed() -> None:
    desk = Desk()
    desk.speaker.say(speech_of(("One two three four.", 3000)))
    assert desk.link.sent_messages[0] == 1
    assert max(desk.link.sent_messages) <= 10
    for _ in range(100):
        assert desk.link.buffered_ms <= AHEAD_MS
        desk.pass_time(20)
    assert desk.audible == [0]


def test_everything_is_heard_once_and_then_it_is_finished() -> None:
    desk = Desk()
    speech = speech_of(("One.", 500), ("Two.", 700))
    desk.speaker.say(speech)
    desk.pass_time(1180)
    assert desk.finished == []
    desk.pass_time(60)
    assert desk.finished == [speech]
    assert desk.heard_tone_ms() == 1200
    assert speech.heard() == ("One. Two.", "")


def test_stop_cuts_the_text_where_the_caller_stopped_hearing() -> None:
    desk = Desk()
    speech = speech_of(("First sentence is heard.", 1000), ("One two three four five.", 1000))
    desk.speaker.say(speech)
    desk.pass_time(1420)
    assert desk.speaker.stop() is speech
    assert desk.link.clears == 1
    assert speech.heard() == ("First sentence is heard. One two", "three four five.")
    desk.pass_time(1000)
    assert desk.heard_tone_ms() == 1420
    assert desk.finished == []


def test_marks_that_clear_throws_back_prove_nothing() -> None:
    desk = Desk()
    speech = speech_of(("Never heard at all.", 300))
    desk.speaker.say(speech)
    desk.speaker.stop()
    assert speech.heard() == ("", "Never heard at all.")


def test_pause_and_resume_lose_and_repeat_nothing() -> None:
    desk = Desk()
    speech = speech_of(("One.", 500), ("Two three.", 900))
    desk.speaker.say(speech)
    desk.pass_time(640)
    desk.speaker.pause()
    desk.pass_time(800)
    assert desk.heard_tone_ms() == 640
    desk.speaker.resume()
    desk.pass_time(1000)
    assert desk.heard_tone_ms() == 1400
    assert desk.finished == [speech]


def test_a_lost_stream_keeps_the_unheard_rest_for_the_next() -> None:
    desk = Desk()
    speech = speech_of(("One two three.", 1000))
    desk.speaker.say(speech)
    desk.pass_time(400)
    desk.speaker.attach(None)
    desk.link = FakeLink(desk.speaker.mark_played)
    desk.speaker.attach(desk.link)
    desk.pass_time(800)
    assert desk.heard_tone_ms() == 1000
    assert desk.finished == [speech]


def test_a_mark_that_never_comes_does_not_hang_the_call() -> None:
    desk = Desk()
    desk.link.on_mark = lambda name: None
    speech = speech_of(("One.", 200))
    desk.speaker.say(speech)
    desk.pass_time(2000)
    assert desk.finished == []
    desk.pass_time(400)
    assert desk.finished == [speech]


def test_the_voice_waits_while_ten_seconds_are_unsent() -> None:
    async def main() -> None:
        speech = Speech()
        sentence = speech.begin("Long.")
        await speech.add(sentence, TONE * 500)
        adding = asyncio.create_task(speech.add(sentence, TONE))
        await asyncio.sleep(0)
        assert not adding.done()
        speaker = Speaker(lambda speech, ahead_ms: None, lambda speech: None)
        speaker.attach(FakeLink())
        speaker.say(speech)
        await adding

    asyncio.run(main())


def test_a_speech_that_breaks_off_ends_and_claims_no_more_than_was_heard() -> None:
    desk = Desk()
    speech = Speech()

    async def fill() -> None:
        whole, broken = speech.begin("One."), speech.begin("Two three four five.")
        await speech.add(whole, TONE * 10)
        whole.is_complete = True
        await speech.add(broken, TONE * 40)
        speech.break_off()

    asyncio.run(fill())
    desk.speaker.say(speech)
    desk.pass_time(1200)
    assert desk.finished == [speech]
    assert speech.heard() == ("One. Two three", "four five.")


def test_live_microphone_frames_go_straight_out() -> None:
    desk = Desk()
    desk.speaker.send_live(TONE)
    assert desk.link.sent_messages == [1]
    desk.pass_time(40)
    assert desk.heard == TONE + SILENCE


KEYS = bytes([0x91, 0x11]) * (FRAME_BYTES // 2)
MUSIC = [bytes([0xA0 + index]) * FRAME_BYTES for index in range(30)]


def test_keys_go_before_the_rest_of_the_sentence_and_nothing_is_lost() -> None:
    desk = Desk()
    speech = speech_of(("One two three.", 1000))
    desk.speaker.say(speech)
    desk.pass_time(200)
    desk.speaker.send_keys(KEYS * 10, is_hidden=False)
    desk.pass_time(1200)
    frames = [desk.heard[start : start + FRAME_BYTES] for start in range(0, len(desk.heard), FRAME_BYTES)]
    assert frames[: 10 + 20] == [TONE] * 30
    assert frames[30:40] == [KEYS] * 10
    assert frames[40:60] == [TONE] * 20
    assert desk.finished == [speech]


def test_keys_outlive_a_stop_a_new_speech_and_a_new_stream() -> None:
    desk = Desk()
    desk.speaker.send_keys(KEYS * 30, is_hidden=True)
    desk.pass_time(100)
    desk.speaker.stop()
    desk.pass_time(100)
    desk.speaker.say(speech_of(("One.", 200)))
    desk.pass_time(100)
    desk.speaker.attach(None)
    desk.link = FakeLink(desk.speaker.mark_played)
    desk.speaker.attach(desk.link)
    assert desk.speaker.is_busy
    sounds = []
    for _ in range(30):
        desk.pass_time(20)
        sounds.append(desk.speaker.sound)
    assert sum(desk.heard[start : start + 160] == KEYS for start in range(0, len(desk.heard), 160)) == 30
    assert sounds[:15] == [LineSound.HIDDEN_KEYS] * 15
    assert sounds[15:25] == [LineSound.VOICE] * 10
    assert sounds[25:] == [LineSound.NOTHING] * 5
    assert not desk.speaker.is_busy


def test_a_background_goes_round_stops_at_once_and_gives_way_to_speech() -> None:
    desk = Desk()
    desk.speaker.play_background(b"".join(MUSIC))
    for _ in range(70):
        assert desk.link.buffered_ms <= AHEAD_MS
        desk.pass_time(20)
    assert desk.heard == b"".join((MUSIC * 3)[:70])
    assert desk.audible == []
    desk.speaker.stop()
    desk.pass_time(20)
    assert desk.speaker.sound is LineSound.BACKGROUND
    desk.speaker.say(speech_of(("One.", 200)))
    desk.pass_time(200)
    assert desk.heard_tone_ms() == 200
    desk.pass_time(100)
    assert desk.speaker.sound is LineSound.BACKGROUND
    desk.speaker.play_background(b"")
    desk.heard = b""
    desk.pass_time(200)
    assert desk.heard == SILENCE * 10


def test_the_microphone_waits_for_our_voice_unless_that_is_held() -> None:
    desk = Desk()
    assert not desk.speaker.is_busy
    desk.speaker.say(speech_of(("One.", 200)))
    assert desk.speaker.is_busy
    desk.speaker.pause()
    assert not desk.speaker.is_busy
    desk.speaker.stop()
    desk.speaker.send_live(TONE)
    assert not desk.speaker.is_busy
    desk.speaker.send_keys(KEYS, is_hidden=False)
    assert desk.speaker.is_busy


HUM = bytes([0xA0, 0x20]) * (FRAME_BYTES // 2)


def test_a_background_sounds_until_there_is_sound_to_say_and_gives_way_at_once() -> None:
    async def main() -> Desk:
        desk, speech = Desk(), Speech()
        desk.speaker.play_background(HUM * 50)
        desk.speaker.say(speech)
        desk.pass_time(1000)
        assert desk.heard == HUM * 50
        assert not desk.speaker.is_audible
        sentence = speech.begin("One two.")
        await speech.add(sentence, TONE * 20)
        desk.pass_time(100)
        assert desk.heard[50 * FRAME_BYTES :] == TONE * 5
        assert desk.audible == [0]
        return desk

    asyncio.run(main())


def test_words_that_never_got_sound_end_under_a_background() -> None:
    desk, speech = Desk(), Speech()
    desk.speaker.play_background(HUM * 50)
    speech.begin("One two.")
    desk.speaker.say(speech)
    desk.pass_time(200)
    speech.break_off()
    desk.pass_time(3000)
    assert desk.finished == [speech]
    assert desk.heard[-FRAME_BYTES:] == HUM
    desk.speaker.play_background(b"")
    desk.pass_time(20)
    assert desk.heard[-FRAME_BYTES:] == SILENCE
