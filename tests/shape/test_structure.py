"""The shape of the house: who imports whom, how long a module may be, and what no file may name."""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_LINES = 450

REGISTRY = re.compile(
    r"(?<!no-emit-)(?:index[-_]url|find[-_]links)\b"
    r"|\bregistry\s*=\s*[\"']?https?:"
    r"|https?://[^\s\"'<>]*(?:\bpypi\.|pythonhosted\.|registry\.npmjs|proxy\.golang|artifactory|/simple/)",
    re.IGNORECASE,
)
DEVELOPERS_PATH = re.compile(r"(?<![\w.])/(?:(?:home|Users)/[A-Za-z]|root/)|\b[A-Z]:\\Users\\")

PIN = re.compile(r"[A-Za-z0-9._-]+(?:\[[a-z0-9,_-]+\])?==[A-Za-z0-9.+!]+(?: ; [^#\\]+)? \\")
HASH = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}(?: \\)?")


@cache
def files() -> list[Path]:
    """What git holds, or would hold after `git add .`: never what it ignores."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def lines() -> Iterator[tuple[str, str]]:
    """Every line of every text file, with where it stands."""
    for path in files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        for number, line in enumerate(text.splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def folders_with_python(top: str) -> set[Path]:
    return {path.parent for path in files() if path.suffix == ".py" and path.is_relative_to(ROOT / top)}


def test_everyone_imports_only_who_they_may() -> None:
    """In a process of its own: import-linter turns off every logger that it finds."""
    lint = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True))"
    linted = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_no_file_names_a_registry() -> None:
    assert [where for where, line in lines() if REGISTRY.search(line)] == []


def test_no_file_names_a_path_of_a_developers_machine() -> None:
    checkout = re.compile(re.escape(str(ROOT)) + r"(?![\w-])")
    named = [w for w, line in lines() if DEVELOPERS_PATH.search(line) or checkout.search(line)]
    assert named == []


def test_requirements_are_pins_with_hashes_and_nothing_else() -> None:
    locks = [path for path in files() if re.fullmatch(r"requirements.*\.txt", path.name)]
    assert locks
    for path in locks:
        written = path.read_text("utf-8").splitlines()
        assert [line for line in written if not PIN.fullmatch(line) and not HASH.fullmatch(line)] == []
        pins = [number for number, line in enumerate(written) if PIN.fullmatch(line)]
        assert pins
        for number in pins:
            assert HASH.fullmatch(written[number + 1]), f"{written[number]} has no hash"


def test_every_test_folder_is_a_package() -> None:
    assert [folder for folder in folders_with_python("tests") if not (folder / "__init__.py").exists()] == []


def test_alembics_folder_is_none() -> None:
    """As a package of ours it would stand before the alembic that is installed."""
    assert list((ROOT / "alembic").rglob("__init__.py")) == []


@pytest.mark.parametrize("top", ["bridge", "adapters"])
def test_every_module_fits_in_the_head(top: str) -> None:
    modules = [path for path in files() if path.suffix == ".py" and path.is_relative_to(ROOT / top)]
    length = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in modules}
    assert length
    assert {name: count for name, count in length.items() if count > MAX_LINES} == {}
