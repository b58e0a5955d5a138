"""The index on disk: what is kept, what is read again, what hostile files and damage do."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.knowledge import careful_reader
from copilot_desktop.knowledge.careful_reader import CarefulReader, ReadingStopped
from copilot_desktop.knowledge.library import Library
from copilot_desktop.knowledge.meaning import RememberingEmbedder
from copilot_desktop.knowledge.reading import ReadFault, Unreadable
from tests.unit.knowledge.pdf_files import pdf, with_password

PETS = "# Pets\n## Dogs\nDogs may come into the store on a leash.\n"


class CountingEmbedder:
    """Passes on to the real one, counts the texts, and can be held up."""

    def __init__(self, embedder: RememberingEmbedder) -> None:
        self._embedder = embedder
        self.count = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self.is_at_work = threading.Event()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.count += len(texts)
        self.is_at_work.set()
        assert self.go_on.wait(20)
        return self._embedder.embed(texts)


class Place:
    """A folder of documents and an index beside it, opened again and again."""

    def __init__(self, folder: Path, embedder: RememberingEmbedder) -> None:
        self.documents, self.index = folder / "documents", folder / "data" / "index.sqlite"
        self.documents.mkdir()
        self.embedder = CountingEmbedder(embedder)
        self._opened: list[Library] = []

    def write(self, name: str, data: str | bytes) -> Path:
        path = self.documents / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def open(self, *, model: str = "minilm", sources: Sequence[Path] = ()) -> Library:
        self.embedder.count = 0
        made = Library(
            self.embedder, list(sources) or [self.documents], index=self.index, embedder_name=model
        )
        self._opened.append(made)
        return made

    def loaded(self, *, model: str = "minilm", sources: Sequence[Path] = ()) -> Library:
        made = self.open(model=model, sources=sources)
        made.load()
        return made

    def close(self) -> None:
        self.embedder.go_on.set()
        for made in self._opened:
            made.close()


@pytest.fixture
def place(tmp_path: Path, embedder: RememberingEmbedder) -> Iterator[Place]:
    made = Place(tmp_path, embedder)
    yield made
    made.close()


def found(library: Library, question: str) -> list[str]:
    return [passage.text for passage in asyncio.run(library.search(question, 3))]


def faults(library: Library) -> dict[str, str]:
    return {each.path.name: each.fault.value if each.fault else "" for each in library.contents()}


DOG = "Can I bring my dog?"
DOGS = ["Dogs may come into the store on a leash."]


def test_what_was_read_is_there_after_a_restart(place: Place) -> None:
    place.write("pets.md", PETS)
    place.write("terms.pdf", pdf([[(18, "Returns"), (11, "You can return an unused item within 30 days.")]]))
    place.loaded().close()
    again = place.loaded()
    assert place.embedder.count == 0
    assert found(again, DOG) == DOGS
    (best, *_) = asyncio.run(again.search("How many days do I have to return it?", 1))
    assert (best.source.title, best.source.heading, best.source.page) == ("Terms", "Returns", 1)
    assert [each.passages for each in again.contents()] == [1, 1]


def test_a_file_with_another_date_only_is_not_embedded_again(place: Place) -> None:
    path = place.write("pets.md", PETS)
    place.loaded().close()
    os.utime(path, (1, 1))
    again = place.loaded()
    assert place.embedder.count == 0
    assert found(again, DOG) == DOGS


@pytest.mark.parametrize("damage", ["no database", "cut off", "another version", "another model", "page"])
@pytest.mark.allow_warnings
def test_a_damaged_or_foreign_index_is_made_anew(place: Place, damage: str) -> None:
    place.write("pets.md", PETS)
    place.write(
        "more.md", "# More\n" + "".join(f"## Part {n}\nParking lot {n} is full.\n" for n in range(40))
    )
    place.loaded().close()
    data = place.index.read_bytes()
    if damage == "no database":
        place.index.write_bytes(b"this is no database" * 100)
    elif damage == "cut off":
        place.index.write_bytes(data[: len(data) // 2])
    elif damage == "page":
        place.index.write_bytes(data[:4096] + bytes(8192) + data[12288:])
    elif damage == "another version":
        with sqlite3.connect(place.index) as database:
            database.execute("PRAGMA user_version = 99")
        database.close()
    again = place.loaded(model="another" if damage == "another model" else "minilm")
    assert found(again, DOG) == DOGS
    assert place.embedder.count > 0


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the system lets us write anywhere")
@pytest.mark.allow_warnings
def test_an_index_that_cannot_be_written_is_kept_in_memory(place: Place) -> None:
    place.write("pets.md", PETS)
    place.index.parent.mkdir()
    place.index.parent.chmod(0o500)
    assert found(place.loaded(), DOG) == DOGS


@pytest.mark.allow_warnings
def test_an_index_where_a_folder_stands_is_kept_in_memory(place: Place) -> None:
    place.write("pets.md", PETS)
    place.index.mkdir(parents=True)
    assert found(place.loaded(), DOG) == DOGS


@pytest.mark.allow_warnings
def test_files_that_cannot_be_read_are_named_and_the_others_are_used(place: Place) -> None:
    place.write("pets.md", PETS)
    place.write("locked.pdf", with_password(pdf([[(11, "Secret.")]]), to_open="sesame"))
    place.write("scan.pdf", pdf([[]], with_picture=True))
    place.write("broken.docx", "no Word file")
    place.write("old.doc", "any")
    place.write("noise.txt", bytes(range(256)))
    place.write("photo.jpg", b"passed over")
    place.write("~$open.docx", b"passed over")
    place.write(".hidden.md", PETS)
    there = place.loaded()
    assert faults(there) == {
        "pets.md": "",
        "locked.pdf": "password",
        "scan.pdf": "pictures",
        "broken.docx": "damaged",
        "old.doc": "unknown_kind",
        "noise.txt": "encoding",
    }
    assert found(there, DOG) == DOGS


@pytest.mark.allow_warnings
def test_a_file_that_is_named_is_listed_whatever_it_is(place: Place, tmp_path: Path) -> None:
    photo = place.write("photo.jpg", b"a picture")
    there = place.loaded(sources=[photo, tmp_path / "gone.md", place.write("pets.md", PETS)])
    assert faults(there) == {"gone.md": "gone", "pets.md": "", "photo.jpg": "unknown_kind"}


@pytest.mark.allow_warnings
def test_a_fault_is_not_met_again_and_again_unless_asked_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write("broken.docx", "no Word file")
    place.loaded().close()

    def never(self: CarefulReader, path: Path) -> None:
        raise AssertionError("it was read again")

    with monkeypatch.context() as patched:
        patched.setattr(CarefulReader, "read", never)
        there = place.loaded()
        assert faults(there) == {"broken.docx": "damaged"}
        with pytest.raises(AssertionError):
            there.load(again=True)
    place.write("broken.docx", "now with other bytes")
    there.load()
    assert faults(there) == {"broken.docx": "damaged"}


def test_a_folder_that_is_away_keeps_what_was_read_of_it(place: Place) -> None:
    place.write("pets.md", PETS)
    place.loaded().close()
    away = place.documents.with_name("away")
    place.documents.rename(away)
    there = place.loaded()
    assert faults(there) == {"documents": "gone", "pets.md": ""}
    assert place.embedder.count == 0
    assert found(there, DOG) == DOGS
    away.rename(place.documents)
    place.embedder.count = 0
    there.load()
    assert faults(there) == {"pets.md": ""}
    assert place.embedder.count == 0


def test_progress_is_told_by_files(place: Place) -> None:
    for number in range(3):
        place.write(f"pets{number}.md", PETS)
    told: list[tuple[int, int]] = []
    place.open().load(lambda done, of: told.append((done, of)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_stopped_reading_keeps_what_is_done_and_goes_on_later(place: Place) -> None:
    for number in range(3):
        place.write(f"pets{number}.md", f"# Pets\n## Dogs\nDog number {number} may come in on a leash.\n")
    there = place.open()

    async def stop_after_two() -> None:
        done = asyncio.Event()
        loop = asyncio.get_running_loop()

        def told(number: int, of: int) -> None:
            if number == 2:
                place.embedder.is_at_work.clear()
                place.embedder.go_on.clear()
                loop.call_soon_threadsafe(done.set)

        reading = asyncio.create_task(there.refresh(told))
        await asyncio.wait_for(done.wait(), 20)
        await asyncio.to_thread(place.embedder.is_at_work.wait, 20)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        place.embedder.go_on.set()

    asyncio.run(stop_after_two())
    # The text in the model's hands was still finished: a single passage is not cut.
    assert len(there.contents()) in (2, 3)
    place.embedder.count = 0
    there.load()
    assert faults(there) == {"pets0.md": "", "pets1.md": "", "pets2.md": ""}
    assert place.embedder.count in (0, 3)


def test_a_refresh_that_was_cancelled_while_it_waited_does_nothing(place: Place) -> None:
    place.write("pets.md", PETS)
    there = place.open()
    stopping = threading.Event()
    stopping.set()
    there.load(stopping=stopping)
    assert place.embedder.count == 0
    assert found(there, DOG) == DOGS, "a search reads what is not read yet"


def test_a_removed_document_is_found_no_more(place: Place) -> None:
    pets = place.write("pets.md", PETS)
    place.write("plants.md", "# Plants\n## Watering\nWater the fern once a week.\n")
    there = place.loaded()
    there.look_in([place.documents], [pets])
    there.load()
    assert found(there, DOG) == []
    assert faults(there) == {"plants.md": ""}


@pytest.mark.allow_warnings
def test_words_that_the_model_does_not_know_decide_between_like_passages(place: Place) -> None:
    place.write(
        "parts.md",
        "# Parts\n## Seals\nThe seal of the zorbel valve costs 12 dollars.\n"
        "## Rings\nThe seal of the krantic valve costs 14 dollars.\n"
        "## More\nThe seal of the ploxin valve costs 16 dollars.\n"
        "## Others\nThe seal of the wumbic valve costs 18 dollars.\n",
    )
    there = place.loaded()
    for word, price in {"zorbel": 12, "krantic": 14, "ploxins": 16, "wumbic": 18}.items():
        assert f"{price} dollars" in found(there, f"What do you charge for the seal of the {word}?")[0]


# The careful reader.


@pytest.fixture
def reader() -> Iterator[CarefulReader]:
    with CarefulReader(within_s=0.5) as made:
        yield made


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
@pytest.mark.allow_warnings
def test_a_file_that_never_ends_is_given_up_and_the_next_one_is_read(
    tmp_path: Path, reader: CarefulReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(careful_reader, "_START_WITHIN_S", 0.5)
    pipe, pets = tmp_path / "pipe.md", tmp_path / "pets.md"
    os.mkfifo(pipe)
    pets.write_text(PETS)
    with pytest.raises(Unreadable) as caught:
        reader.read(pipe)
    assert caught.value.fault is ReadFault.TOO_SLOW
    assert reader.read(pets).sections[0].text == DOGS[0]


@pytest.mark.allow_warnings
def test_a_reader_that_dies_is_no_harm(tmp_path: Path, reader: CarefulReader) -> None:
    pets = tmp_path / "pets.md"
    pets.write_text(PETS)
    reader.read(pets)
    child = reader._child
    assert child is not None
    child.kill()
    child.wait()
    assert reader.read(pets).sections[0].text == DOGS[0]


def test_a_stopped_reader_reads_nothing_more(tmp_path: Path, reader: CarefulReader) -> None:
    reader.stop()
    with pytest.raises(ReadingStopped):
        reader.read(tmp_path / "pets.md")


def test_the_child_gets_no_keys(
    tmp_path: Path, reader: CarefulReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    (tmp_path / "pets.md").write_text(PETS)
    reader.read(tmp_path / "pets.md")
    child = reader._child
    assert child is not None
    if sys.platform == "linux":
        assert b"sk-secret" not in Path(f"/proc/{child.pid}/environ").read_bytes()
