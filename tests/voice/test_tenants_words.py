"""A tenant's own words: theirs first, refused when they are broken, never able to do harm."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.model import Trigger
from bridge.voice import TenantVoice, VoiceError
from bridge.voice.grammar import compile_template


def folder(at: Path, **files: str) -> Path:
    """Writes templates; `en_notices_offer="…"` stands for en/notices/offer.txt."""
    for name, text in files.items():
        language, kind, stem = name.split("_", 2)
        path = at / language / kind / f"{stem}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return at


def voice(at: Path, *languages: str, signature: str = "", **files: str) -> TenantVoice:
    return TenantVoice.load(
        company="Acme",
        languages=languages or ("en",),
        signature=signature,
        folder=folder(at, **files),
        own_groups=("press",),
    )


def flaw(at: Path, **files: str) -> str:
    with pytest.raises(VoiceError) as caught:
        voice(at, **files)
    [found] = caught.value.flaws
    return f"{found.line}: {found.why}; {found.mend}"


def test_their_words_go_before_ours(tmp_path: Path) -> None:
    theirs = voice(tmp_path, en_notices_joined="{{ agent }} here, from {{ company }}!")
    assert theirs.notice("joined", "en", agent="Ana") == "Ana here, from Acme!"
    assert "Ana" in theirs.notice("joined", "es", agent="Ana")


def test_their_words_for_a_group_go_before_those_for_its_trigger(tmp_path: Path) -> None:
    theirs = voice(tmp_path, en_suggestions_policy="Policy.")
    (tmp_path / "en" / "suggestions" / "policy.press.txt").write_text("Press.", "utf-8")
    theirs = voice(tmp_path)
    assert theirs.suggestion(Trigger.POLICY, "press", "en") == "Press."
    assert theirs.suggestion(Trigger.POLICY, "refund", "en") == "Policy."


def test_a_language_without_words_falls_back_to_the_tenants_first_and_then_to_english(tmp_path: Path) -> None:
    assert TenantVoice("Acme", ("de", "en")).notice("closed", "sv").startswith("Dieser Chat")
    assert TenantVoice("Acme", ("sv",)).notice("closed", "sv").startswith("This chat")
    assert TenantVoice("Acme", ("en",)).notice("closed", "es-MX").startswith("Este chat")
    assert voice(tmp_path, "sv", sv_notices_closed="Stängd.").notice("closed", "fi") == "Stängd."


def test_the_signature_stands_below_suggestions_alone(tmp_path: Path) -> None:
    signed = voice(tmp_path, signature="— Acme")
    assert signed.suggestion(Trigger.CUSTOMER, "", "en").endswith("\n\n— Acme")
    assert "— Acme" not in signed.notice("closed", "en")


def test_nothing_grows_beyond_its_bound(tmp_path: Path) -> None:
    theirs = voice(tmp_path, signature="— Acme", en_suggestions_customer="Hi. {{ question }}")
    words = theirs.suggestion(Trigger.CUSTOMER, "", "en", question="word " * 9000)
    assert len(words) <= 4000
    assert words.endswith("…\n\n— Acme")


@given(st.text(max_size=80))
def test_a_customers_words_are_never_read_as_a_template(name: str) -> None:
    said = TenantVoice("Acme").suggestion(Trigger.CUSTOMER, "", "de", customer=f"{{{{ 7 * 7 }}}}{name}|")
    assert "{{ 7 * 7 }}" in said
    assert "49" not in said or "49" in name


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hi {{ agnet }}", "1: there is no fact agnet; known are company, agent, start"),
        ("Hi\n{{ agent", "2: "),
        ("{% for x in agent %}x{% endfor %}", "1: 'for' is not allowed"),
        ("{{ agent.upper() }}", "1: 'call' is not allowed"),
        ("{{ agent.__class__ }}", "1: 'getattr' is not allowed"),
        ("{{ agent[0] }}", "1: 'getitem' is not allowed"),
        ("{{ 'x' * 9999999999 }}", "1: 'mul' is not allowed"),
        ("{% include 'x' %}", "1: 'include' is not allowed"),
        ("{% set agent = 'x' %}{{ agent }}", "1: 'assign' is not allowed"),
        ("{{ agent | center(999999999) }}", "1: the filter center is not allowed"),
        ("{% if agent %}{{ agent }}{% endif %}", "1: says nothing"),
        ("   ", "1: says nothing"),
        ("Hi {{ agent | truncate('x') }}", "1: can't be filled in"),
        ("x" * 20_000, "1: longer than"),
    ],
)
def test_a_broken_template_is_refused_with_its_line(tmp_path: Path, source: str, expected: str) -> None:
    assert flaw(tmp_path, en_notices_joined=source).startswith(expected)


def test_a_slip_in_a_files_name_is_not_passed_over(tmp_path: Path) -> None:
    assert "did you mean waiting.txt?" in flaw(tmp_path / "a", en_notices_wating="Hi.")
    assert "there is no suggestion named refund" in flaw(tmp_path / "b", en_suggestions_refund="Hi.")
    assert "english is not a language" in flaw(tmp_path / "c", english_notices_offer="Hi.")
    assert "not where a template is looked for" in flaw(tmp_path / "d", en_notes_offer="Hi.")


def test_every_flaw_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(VoiceError) as caught:
        voice(
            tmp_path, en_notices_joined="{{ x }}", de_notices_joined="{{", es_notices_joined="ok {{ agent }}"
        )
    assert len(caught.value.flaws) == 2


def test_a_template_that_fails_before_a_customer_is_passed_over(tmp_path: Path) -> None:
    source = "Hi {{ agent }}{% if agent == 'Ben' %}{{ agent | truncate('x') }}{% endif %}"
    risky = voice(tmp_path, en_notices_joined=source)
    assert risky.notice("joined", "en", agent="Ana") == "Hi Ana"
    assert risky.notice("joined", "en", agent="Ben") == "Ben has joined the chat."


def test_a_group_with_an_odd_name_reads_no_file() -> None:
    odd = TenantVoice("Acme").suggestion(Trigger.TOOL_FAILURE, "../../../../etc/passwd\0", "en")
    assert odd == TenantVoice("Acme").suggestion(Trigger.TOOL_FAILURE, "", "en")


def test_values_are_not_escaped_because_the_text_is_plain() -> None:
    assert compile_template("{{ agent }}", ("agent",)).render(agent="<O'Neill & Co>") == "<O'Neill & Co>"
