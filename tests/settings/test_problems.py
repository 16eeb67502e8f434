"""Every mistake is one line with file, line, key, why and mend; and all of them are told at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.settings import SettingsError, load_installation, read_tenant
from tests.settings.office import BRIDGE, ENV, SCHEMAS, TENANT, complaints, load, office, read


def test_an_unknown_key_names_the_nearest_known_one(tmp_path: Path) -> None:
    assert complaints(tmp_path, TENANT + "  confidense: {}\n") == [
        "acme.yaml:13: routing.confidense: unknown key; did you mean confidence?"
    ]


def test_an_unknown_key_of_an_adapters_section_names_the_nearest_one_too(tmp_path: Path) -> None:
    text = TENANT.replace("kind: chat,", "kind: chat, orgins: [],")
    assert complaints(tmp_path, text) == [
        "acme.yaml:6: channels.web.orgins: unknown key; did you mean origins?"
    ]


def test_an_unknown_kind_lists_the_known_ones(tmp_path: Path) -> None:
    [line] = complaints(tmp_path, TENANT.replace("kind: chat", "kind: fax"))
    assert line.startswith("acme.yaml:6: channels.web.kind: there is no channel of the kind fax; ")
    assert "chat, hook" in line


def test_a_missing_variable_is_named_and_its_consequences_are_not(tmp_path: Path) -> None:
    assert complaints(tmp_path, TENANT, env={}) == [
        "acme.yaml:6: channels.web.secret: the environment variable CHAT_SECRET is not set; "
        "set it, or put it into .env"
    ]


def test_an_empty_variable_is_no_secret(tmp_path: Path) -> None:
    [line] = complaints(tmp_path, TENANT, env={"CHAT_SECRET": ""})
    assert "CHAT_SECRET is empty" in line


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = TENANT.replace("Europe/Madrid", "Europe/Madird").replace("desk: support", "desk: suport")
    text += "pages: {repeat_after: 60, give_up: 5m}\nturns: {gather: 1.5s}\n"
    lines = complaints(tmp_path, text)
    assert [line.split(": ")[1] for line in lines] == [
        "timezone",
        "routing.desk",
        "pages.repeat_after",
        "pages.give_up",
        "turns.gather",
    ]
    assert "write one such as Europe/Madrid" in lines[0]
    assert "did you mean support?" in lines[1]


def test_mistakes_in_bridge_yaml_and_in_tenants_files_are_told_together(tmp_path: Path) -> None:
    path = office(tmp_path, BRIDGE + "listn: 1\n", TENANT + "x: 1\n")
    with pytest.raises(SettingsError) as caught:
        load_installation(path, SCHEMAS, ENV)
    assert [(Path(p.source).name, p.line, p.key) for p in caught.value.problems] == [
        ("bridge.yaml", 4, "listn"),
        ("acme.yaml", 13, "x"),
    ]


def test_a_tenants_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    path = office(tmp_path)
    (tmp_path / "tenants" / "other.yaml").write_text("tenant: other\n", "utf-8")
    installation = load_installation(path, SCHEMAS, ENV)
    assert list(installation.tenants) == ["acme"]
    assert {Path(problem.source).name for problem in installation.broken} == {"other.yaml"}


def test_two_files_can_not_be_one_tenant(tmp_path: Path) -> None:
    path = office(tmp_path)
    (tmp_path / "tenants" / "again.yaml").write_text(TENANT, "utf-8")
    [problem] = load_installation(path, SCHEMAS, ENV).broken
    assert problem.key == "tenant"
    assert problem.source.endswith("again.yaml")
    assert "acme.yaml" in problem.why


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ("name: 5", "text is expected"),
        ("languages: en", "a list is expected"),
        ("pages: 60s", "keys are expected"),
        ("pages: {repeat_after: 1w}", "a whole number with s, m, h, d"),
        ("pages: {repeat_after: 0s}", "write 1s or more"),
        ("retention: {audit: 101y}", "longer than a hundred years"),
        ("routing: {desk: support, confidence: {answer_at: 80}}", "write at most 1.0"),
        ("routing: {desk: support, confidence: {answer_at: nan}}", "not a number"),
        ("routing: {desk: support, policy: [{group: press}]}", "has no keywords"),
        ("routing: {desk: support, policy: [{group: refund}, {group: refund}]}", "stands twice"),
        ("routing: {desk: support, tool_failure: {desk: nowhere}}", "there is no desk nowhere"),
        ("routing: {desk: support, policy: [{group: refund, desk: slaes}]}", "did you mean sales?"),
        ("on_call: {suport: []}", "did you mean support?"),
        ("on_call: {support: [{days: mon-fry, from: '09:00', to: '18:00'}]}", "not days of the week"),
        ("on_call: {support: [{days: mon, from: '9', to: '18:00'}]}", "a time is expected"),
        ("on_call: {support: [{days: mon}]}", "hours need days, from and to"),
        ("on_call: {support: [{ical: calendar.txt}]}", "not a calendar"),
        ("on_call: {support: [{holidays: XX}]}", "no public holidays are known"),
        ("on_call: {support: [{holidays: ES-XX}]}", "has no region XX"),
        ("on_call: {support: [{closed: [2026-13-01]}]}", "is not a date"),
        ("on_call: {support: [{closed: [2026-12-31..2026-12-01]}]}", "not a stretch of dates"),
        ("on_call: {support: [{days: mon, from: '09:00', to: '18:00', agents: [Ana]}]}", "not an agent"),
        ("on_call: {support: [{days: mon, from: '09:00', to: '18:00', ical: x.ics}]}", "several kinds"),
        ("callbacks: {slots: 30m}", "did you mean slot?"),
        ("name: a\nname: b", "stands twice"),
        ("name: &x a\nvoice: {signature: *x}", "an alias"),
        ("name: !!python/object:os.system x", "is not read here"),
        ("name: ${not-a-name}", "does not name an environment variable"),
        ('name: "a\\0b"', "control character"),
        ("name: [", "not YAML"),
        ("channels: {Web!: {kind: chat}}", "use a-z, 0-9, - and _ alone"),
        ("channels: {web: {origins: []}}", "write kind: and one of chat, hook"),
        ("answerer: {kind: book, folder: nowhere}", "there is nothing at"),
    ],
)
def test_each_mistake_says_what_was_expected(tmp_path: Path, wrong: str, expected: str) -> None:
    key = wrong.partition(":")[0]
    kept = [line for line in TENANT.splitlines(keepends=True) if not line.startswith(f"{key}:")]
    if key == "routing":
        kept.remove("  desk: support\n")
    if key == "channels":
        kept = [line for line in kept if not line.startswith("  web:")]
    lines = complaints(tmp_path, "".join(kept) + wrong + "\n")
    assert any(expected in line for line in lines), lines
    assert all(line.startswith("acme.yaml:") for line in lines)


def test_two_desks_need_a_default_and_one_does_not(tmp_path: Path) -> None:
    nameless = TENANT.replace("routing:\n  desk: support\n", "")
    [line] = complaints(tmp_path, nameless)
    assert line.startswith("acme.yaml:1: routing.desk: is missing; write desk: and one of support, sales")
    assert complaints(tmp_path, nameless.replace("  sales: {kind: room}\n", "")) == []


@pytest.mark.parametrize("text", ["", "- a\n", "a: b: c", "a:\n\tb: 1", "a: " + "[" * 5000, "\x07"])
def test_what_is_not_a_settings_file_is_one_problem(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_tenant(text, "acme.yaml", SCHEMAS, ENV)
    assert len(caught.value.problems) == 1


def test_a_file_that_can_not_be_read_is_a_problem_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("name: Señor".encode("latin-1"))
    for path in (tmp_path / "none.yaml", tmp_path, tmp_path / "latin.yaml"):
        with pytest.raises(SettingsError):
            load_installation(path, SCHEMAS, ENV)


def test_no_secret_is_ever_quoted(tmp_path: Path) -> None:
    text = TENANT.replace("secret:", "secrets:").replace("kind: room}", "kind: room, token: [hunter2]}", 1)
    shown = "\n".join(complaints(tmp_path, text, env={"CHAT_SECRET": "correct-horse"}))
    assert shown
    assert "correct-horse" not in shown
    assert "hunter2" not in shown
    installation = load(tmp_path)
    assert ENV["CHAT_SECRET"] not in repr(installation)
    assert ENV["MASTER_KEY"] not in repr(installation)


@given(st.text(max_size=200) | st.text(alphabet="tenant: [{}]-&*!|>'\"\n\t ${}%@`#,?", max_size=200))
def test_no_text_whatever_makes_a_traceback(text: str) -> None:
    with pytest.raises(SettingsError):
        read_tenant(text, "acme.yaml", SCHEMAS, ENV)


def test_the_settings_themselves_are_right(tmp_path: Path) -> None:
    assert complaints(tmp_path, TENANT) == []
    assert read(tmp_path).id == "acme"
