"""`${NAME}` in a setting, and the `.env` file that may stand beside bridge.yaml.

The environment is handed in, so that reading settings is a pure function of its arguments. What a
variable holds is never read as YAML: a secret made of digits stays text.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from bridge.settings.problems import Problem, SettingsError

_PLACE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


class Unfilled(ValueError):
    """A `${NAME}` that can't be filled; `mend` says what to do."""

    def __init__(self, why: str, mend: str) -> None:
        super().__init__(why)
        self.mend = mend


def fill(text: str, env: Mapping[str, str]) -> str:
    """The text with every `${NAME}` replaced. Raises Unfilled, naming the first that can't be."""
    return _PLACE.sub(lambda place: _look_up(place[1], env), text)


def _look_up(name: str, env: Mapping[str, str]) -> str:
    if not _NAME.fullmatch(name):
        raise Unfilled(f"${{{name}}} does not name an environment variable", "write ${NAME}")
    if name not in env:
        raise Unfilled(f"the environment variable {name} is not set", "set it, or put it into .env")
    if not env[name]:
        raise Unfilled(f"the environment variable {name} is empty", "give it a value")
    return env[name]


def with_dotenv(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment, and below it what `folder/.env` adds. Raises SettingsError for a broken file."""
    path = folder / ".env"
    if not path.is_file():
        return dict(environ)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror or "can't be read" if isinstance(error, OSError) else "is not UTF-8"
        raise SettingsError([Problem(str(path), 0, "", why, "make it readable, or take it away")]) from None
    found: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        assignment = _ASSIGNMENT.fullmatch(line.strip())
        if assignment:
            found[assignment[1]] = _unquoted(assignment[2])
        else:
            problems.append(Problem(str(path), number, "", "not an assignment", "write NAME=value"))
    if problems:
        raise SettingsError(problems)
    return {**found, **environ}


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return re.sub(r"\s+#.*$", "", value)
