"""The FAQ folder: what an admin may write, and what they are told when it is wrong."""

from pathlib import Path

import pytest

from adapters.answerers.faq.folder import FaqFolderError, read_folder
from adapters.answerers.faq.markdown import plain

FAQ = Path(__file__).parents[3] / "bridge" / "demo" / "tenant" / "faq"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_each_second_level_heading_is_an_entry(tmp_path: Path) -> None:
    write(
        tmp_path,
        "delivery.md",
        "---\nurl: https://s.example/d\n---\nFor the writers only.\n\n"
        "## How long?\nAlso: when does it come | delivery time\n\nTwo days.\n\n"
        "## How much?\nUrl: https://s.example/cost\n\nFree.\n### From 60 €\nReally.\n",
    )
    first, second = read_folder(tmp_path, "en")
    assert first.phrasings == ("How long?", "when does it come", "delivery time")
    assert (first.answer, first.url, first.language) == ("Two days.", "https://s.example/d", "en")
    assert second.url == "https://s.example/cost"
    assert second.answer.startswith("Free.")
    assert "Really." in second.answer


def test_a_file_without_headings_is_one_entry(tmp_path: Path) -> None:
    write(tmp_path, "parking.md", "---\ntitle: Where can I park?\nalso: [car park]\n---\nBehind the shop.\n")
    (entry,) = read_folder(tmp_path, "en")
    assert entry.phrasings == ("Where can I park?", "car park")
    assert entry.answer == "Behind the shop."


def test_the_language_comes_from_the_file_then_the_folder_then_the_tenant(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "## Q\nA\n")
    write(tmp_path, "de/b.md", "## Q\nA\n")
    write(tmp_path, "de/c.md", "---\nlanguage: es\n---\n## Q\nA\n")
    assert [entry.language for entry in read_folder(tmp_path, "fr")] == ["fr", "de", "es"]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("## Q\n\n## Other\nA\n", 1, "'Q' has no answer"),
        ("---\nurl: x\n---\n\n## Q\n", 5, "has no answer"),
        ("just words\n", 1, "no '## Question' and no title"),
        ("---\ntitel: x\n---\nA\n", 2, "unknown key 'titel'"),
        ("---\na: [\n---\nA\n", 3, "not YAML"),
        ("---\nkind: joke\n---\n## Q\nA\n", 1, "write answer or smalltalk"),
        ("---\nlanguage: English\n---\n## Q\nA\n", 1, "write a code such as en"),
    ],
)
def test_an_error_names_the_file_the_line_and_the_mend(
    tmp_path: Path, text: str, line: int, why: str
) -> None:
    path = write(tmp_path, "x.md", text)
    with pytest.raises(FaqFolderError) as error:
        read_folder(tmp_path, "en")
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert why in str(error.value)


def test_a_missing_or_empty_folder_or_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaqFolderError, match="no such folder"):
        read_folder(tmp_path / "nowhere", "en")
    with pytest.raises(FaqFolderError, match="no entry in it"):
        read_folder(tmp_path, "en")
    (tmp_path / "x.md").write_bytes("## Größe\nJa\n".encode("latin-1"))
    with pytest.raises(FaqFolderError, match="save it as UTF-8"):
        read_folder(tmp_path, "en")


def test_markdown_becomes_words_with_readable_links() -> None:
    text = (
        "Use *Exchange* or **Return** under [My orders](https://s.example/o), see "
        "<https://s.example>.\nSame line. <!-- not this -->\n\n* one\n* two\n\n"
        "snake_case_name, 2 * 3 * 4, `code`"
    )
    assert plain(text) == (
        "Use Exchange or Return under My orders (https://s.example/o), see https://s.example. Same line."
        "\n\n- one\n- two\n\nsnake_case_name, 2 * 3 * 4, code"
    )


def test_the_sample_tenant_is_complete() -> None:
    entries = read_folder(FAQ, "en")
    answers = {
        lang: [e for e in entries if e.language == lang and e.kind == "answer"] for lang in ("en", "es", "de")
    }
    assert len(answers["en"]) >= 30
    assert len(answers["es"]) >= 12
    assert len(answers["de"]) >= 12
    for own in answers.values():
        assert len({entry.question for entry in own}) == len(own)
        assert all(entry.question for entry in own)
        assert all(len(entry.answer) < 400 for entry in own)
