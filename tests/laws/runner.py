"""Runs one scenario after the other, each in a forked process of its own: a program, fed with pickles.

A process that has loaded the engine once is forked in milliseconds; starting Python for each run would cost more than
most of these runs.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
from pathlib import Path
from typing import Any

from reshake import _core


def run(scenario: Any, seed: int, capture: bool) -> dict[str, Any]:
    evidence = _core.Evidence(packets=True) if capture else None
    history = _core.run(scenario, seed, evidence)
    return {
        "tables": history.tables(),
        "digest": history.digest,
        "packets": history.packets,
        "captures": {} if evidence is None else captured(evidence),
    }


def captured(evidence: _core.Evidence) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as directory:
        files = evidence.write_captures(directory)
        return {name: (Path(directory) / name).read_bytes() for name in files}


def main() -> None:
    while True:
        try:
            asked = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            with os.fdopen(write, "wb") as out:
                pickle.dump(run(*asked), out)
            os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as back:
            said = back.read()
        _, status = os.waitpid(child, 0)
        pickle.dump((os.waitstatus_to_exitcode(status), said), sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
