"""A program around the player, for a test with a sound server: plays a file, and says where it stood when."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from copilot_desktop.report.recorded import Place, Recorded
from copilot_desktop.ui.report.player import CallPlayer, PlayerState


def main() -> None:
    """Arguments: the file, its length in ms, and the speed. Prints one line of JSON at the end."""
    path, length_ms, speed = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    app = QApplication([])
    player = CallPlayer()
    player.load(path, Recorded(places=(Place(0, 0),), cuts=(), is_exact=True), length_ms)
    player.set_speed(speed)
    places: list[tuple[float, int]] = []
    player.moved.connect(lambda at_ms: places.append((time.perf_counter(), at_ms)))

    def look() -> None:
        if player.state is not PlayerState.PLAYING:
            print(json.dumps({"state": player.state.value, "places": places, "at_ms": player.at_ms}))
            app.quit()

    began = time.perf_counter()
    player.play()
    watch = QTimer()
    watch.timeout.connect(look)
    watch.start(20)
    app.exec()
    player.close()
    print(json.dumps({"took_s": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
