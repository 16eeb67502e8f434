"""`detect` reads line by line, and one bad line costs nobody theirs."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cli.program import ROOT, run


def test_each_line_gets_its_line(tmp_path: Path) -> None:
    asked = [
        {"id": "a", "text": "I want to talk to a human", "lang": "en"},
        {"id": 2, "text": "Hello"},
        {"text": "I want my money back"},
    ]
    done = run("detect", cwd=tmp_path, stdin="\n".join(json.dumps(line) for line in asked))
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 0
    assert (first["id"], first["lang"]) == ("a", "en")
    assert [signal["name"] for signal in first["signals"]] == ["person_request"]
    assert all(signal["evidence"] in "I want to talk to a human" for signal in first["signals"])
    assert second == {"id": 2, "lang": None, "signals": []}
    assert third["id"] is None
    assert [signal["name"] for signal in third["signals"]] == ["refund"]


def test_a_bad_line_is_named_and_the_rest_is_still_done(tmp_path: Path) -> None:
    good = b'{"text": "hi"}\n'
    bad = (b"nonsense\n", b"[]\n", b'{"text": 5}\n', b'{"text": "\xff"}\n', b"[" * 99_999 + b"\n")
    long = b'{"text": "' + b"a" * 1_100_000 + b'"}\n'
    done = run("detect", cwd=tmp_path, stdin=good + good.join(bad) + b"\n" + good + long + good)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 7
    lines = [line.partition(": ")[0] for line in done.stderr.splitlines()]
    assert lines == ["line 2", "line 4", "line 6", "line 8", "line 10", "line 13"]


def test_half_a_character_comes_out_as_it_came_in(tmp_path: Path) -> None:
    done = run("detect", cwd=tmp_path, stdin=r'{"id": "\ud83d", "text": "\ud83d I want my money back"}')
    assert done.returncode == 0
    assert json.loads(done.stdout)["id"] == "\ud83d"


def test_it_answers_before_the_input_has_ended() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-m", "bridge", "detect"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as running:
        assert running.stdin
        assert running.stdout
        for number in range(3):
            running.stdin.write(json.dumps({"id": number, "text": "hi"}).encode() + b"\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["id"] == number
        running.stdin.close()
        assert running.wait(30) == 0


def test_a_reader_that_leaves_is_not_an_error_to_talk_about() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-m", "bridge", "detect"]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    ) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdin.write(b'{"text": "hi"}\n')
        running.stdin.flush()
        running.stdout.readline()
        running.stdout.close()
        running.stdin.write(b'{"text": "hi"}\n')
        running.stdin.close()
        assert running.wait(30) == 141
        assert running.stderr.read() == b""
