"""The shipped words: there in every language, readable with and without facts, and never a promise."""

import re

import pytest

from bridge.domain.model import Trigger
from bridge.domain.policy import POLICY_GROUPS
from bridge.voice import TenantVoice
from bridge.voice.facts import GROUPS, NOTICES
from bridge.voice.library import SHIPPED_LANGUAGES, shipped

VOICE = TenantVoice("Acme Outdoor")
FACTS = {"customer": "Maria O'Neill", "first_name": "Maria", "question": "Where is AC-1042?"}
SUGGESTIONS = [
    (trigger, group)
    for trigger in Trigger
    for group in ("", *GROUPS.get(trigger, ()), "a_group_of_their_own")
]
PROMISES = re.compile(
    r"refunded|guarante|promise|cancel+ed|compensat|discount|free of charge|call you back"
    r"|within \w+ (min|h|day)|\d+ (min|hour|day)|tomorrow|\bsoon\b|shortly|in a moment|definitely|of course"
    r"|reembolsad|garanti|promet|cancelad|compensaci|descuento|gratis|te llamar|en breve|pronto|mañana"
    r"|erstattet|garantier|versprech|storniert|entschädig|rabatt|kostenlos|rufen sie zurück|zurückrufen"
    r"|in kürze|sofort|morgen|selbstverständlich",
    re.IGNORECASE,
)


def everything(language: str, **facts: str) -> list[str]:
    start = {"start": "Monday 09:00 (CET)", "agent": "Ana"} if facts else {}
    return [
        *(VOICE.notice(name, language, **start) for name in NOTICES),
        *(VOICE.suggestion(trigger, group, language, **facts) for trigger, group in SUGGESTIONS),
    ]


@pytest.mark.parametrize("language", SHIPPED_LANGUAGES)
@pytest.mark.parametrize("facts", [FACTS, {}], ids=["known", "unknown"])
def test_everything_can_be_said_in_every_language(language: str, facts: dict[str, str]) -> None:
    for words in everything(language, **facts):
        assert 20 <= len(words) <= 600, words
        assert not re.search(r"[{}]|None|  |\s[,.?!]|,,|\.\.| :|^\W", words), words
        assert words[-1] in ".?”»“", words


@pytest.mark.parametrize("language", SHIPPED_LANGUAGES)
def test_no_language_lacks_a_template(language: str) -> None:
    names = [f"notices/{name}" for name in NOTICES]
    names += [f"suggestions/{trigger}" for trigger in Trigger]
    names += [f"suggestions/policy.{group}" for group in POLICY_GROUPS]
    names.append("suggestions/person_request.frustration")
    assert [name for name in names if shipped(language, name) is None] == []


@pytest.mark.parametrize("language", SHIPPED_LANGUAGES)
def test_nothing_is_promised_that_no_row_stands_behind(language: str) -> None:
    for words in everything(language) + everything(language, **FACTS):
        assert not PROMISES.search(words), words


def test_the_promises_that_are_looked_for_would_be_found() -> None:
    said = (
        "I have refunded you",
        "We reply within two hours",
        "Te llamaremos mañana",
        "Wir antworten in Kürze",
    )
    assert all(PROMISES.search(words) for words in said)


def test_who_joined_and_who_left_is_named() -> None:
    for language in SHIPPED_LANGUAGES:
        for notice in (
            VOICE.notice("joined", language, agent="Ana"),
            VOICE.notice("lapsed", language, agent="Ana"),
        ):
            assert "Ana" in notice
        assert "Ana" in VOICE.notice("released", language, agent="Ana")


def test_when_the_team_is_back_is_said_in_the_customers_language() -> None:
    start = "Monday 09:00 (CET)"
    assert "Monday 09:00 (CET)" in VOICE.notice("waiting_off_duty", "en", start=start)
    assert "el lunes 09:00 (CET)" in VOICE.notice("waiting_off_duty", "es", start=start)
    assert "Montag 09:00 (CET)" in VOICE.notice("waiting_off_duty", "de", start=start)


def test_the_suggested_reply_fits_the_trigger() -> None:
    said = {VOICE.suggestion(trigger, "", "en") for trigger in Trigger}
    said |= {VOICE.suggestion(Trigger.POLICY, group, "en") for group in POLICY_GROUPS}
    assert len(said) == len(Trigger) + len(POLICY_GROUPS)
    assert "I'll look into your refund right away" in VOICE.suggestion(Trigger.POLICY, "refund", "en")


def test_known_customers_are_called_by_their_name() -> None:
    assert VOICE.suggestion(Trigger.CUSTOMER, "tag", "en", **FACTS).startswith("Hi Maria, ")
    assert VOICE.suggestion(Trigger.CUSTOMER, "tag", "es", **FACTS).startswith("Hola, Maria. ")
    assert VOICE.suggestion(Trigger.CUSTOMER, "tag", "de", **FACTS).startswith("Guten Tag Maria O'Neill, ")
