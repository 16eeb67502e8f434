"""A tenant's own words are part of their settings: a broken template is a settings error with its line."""

from pathlib import Path

from tests.settings.office import TENANT, complaints, read

OWN = TENANT + "voice: {signature: — Acme, templates: words}\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "words" / "en" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_a_broken_template_is_a_settings_error_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "notices/joined.txt", "Hello,\n{{ agnet }} has joined.")
    assert complaints(tmp_path, OWN) == [
        f"{path}:2: there is no fact agnet; known are company, agent, start, when, times, zone, reach",
    ]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert complaints(tmp_path, OWN) == [
        f"{tmp_path / 'words'}: there is no such folder; make it, or mend voice.templates"
    ]


def test_a_tenants_words_are_found_from_where_its_file_stands(tmp_path: Path) -> None:
    write(tmp_path, "notices/joined.txt", "{{ agent }} of {{ company }} is here.")
    voice = read(tmp_path, OWN).voice
    assert voice.notice("joined", "en", agent="Ana") == "Ana of Acme Outdoor is here."
    assert voice.signature == "— Acme"


def test_a_groups_own_words_are_known_by_the_groups_name(tmp_path: Path) -> None:
    write(tmp_path, "suggestions/policy.press.txt", "Thank you for your interest.")
    [line] = complaints(tmp_path, OWN)
    assert "there is no suggestion named policy.press" in line
    group = "  policy: [{group: press, keywords: [journalist]}]\n"
    assert complaints(tmp_path, OWN.replace("voice:", group + "voice:")) == []
