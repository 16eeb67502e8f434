"""The shipped words: there in every language, readable with and without facts, and never a promise."""

import re
from datetime import UTC, datetime

import pytest

from bridge.domain.backing import Unbacked
from bridge.domain.callback_words import read_intent
from bridge.domain.model import Trigger
from bridge.domain.notices import STATED, Moment, NoticeFact, NoticeName
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


MOMENT = Moment(datetime(2026, 11, 30, 8, tzinfo=UTC), "Europe/Madrid")
LATER = Moment(datetime(2026, 11, 30, 14, 30, tzinfo=UTC), "Europe/Madrid")
NOTICE_FACTS: dict[str, NoticeFact] = {
    "agent": "Ana",
    "start": MOMENT,
    "when": MOMENT,
    "zone": MOMENT,
    "times": (MOMENT, LATER),
    "reach": "maria@example.com",
}
SUGGESTED = ("en", "es", "de")
"""Languages with suggested replies; an agent of another one edits the tenant's or the English one."""
CALLBACKS = (
    *("times", "times_gone", "no_times", "ask_reach", "booked", "cancelled"),
    *("callback_due", "callback_missed", "callback_settled"),
)


def least(name: NoticeName) -> dict[str, NoticeFact]:
    """Only the facts that the notice can't do without."""
    return {fact: NOTICE_FACTS[fact] for fact in STATED.get(name, ())}


def said(language: str, name: NoticeName, facts: dict[str, NoticeFact]) -> str:
    return VOICE.notice(name, language, **facts)


PREFIXES = ("correction",)
"""An agent's own words follow."""


@pytest.mark.parametrize("language", SHIPPED_LANGUAGES)
@pytest.mark.parametrize("name", NOTICES)
def test_every_notice_reads_well_in_every_language(language: str, name: NoticeName) -> None:
    for facts in (NOTICE_FACTS, least(name)):
        words = said(language, name, facts)
        assert (3 if name in PREFIXES else 8) <= len(words) <= 600, words
        spaced = words.replace(" :", ":").replace(" ?", "?").replace(" ;", ";") if language == "fr" else words
        spaced = spaced.removeprefix("¿")
        assert not re.search(r"[{}]|None|  |[^\S\n][,.?!]|,,|\.\.| :|^\W|\(\)", spaced), words
        assert words[-1] in (":：" if name in PREFIXES else ".?”»“。？؟।"), words


@pytest.mark.parametrize("language", SHIPPED_LANGUAGES)
@pytest.mark.parametrize("name", [name for name in NOTICES if name in STATED])
def test_a_notice_whose_fact_is_missing_is_refused(language: str, name: NoticeName) -> None:
    """What it states comes from a stored row; where there is none there is nothing to say."""
    for fact in STATED[name]:
        with pytest.raises(Unbacked, match=f"{name}: there is no {fact}"):
            said(language, name, {**NOTICE_FACTS, fact: ""})


@pytest.mark.parametrize("language", SHIPPED_LANGUAGES)
def test_no_notice_falls_back_to_another_language(language: str) -> None:
    assert [name for name in NOTICES if shipped(language, f"notices/{name}") is None] == []


@pytest.mark.parametrize("language", SUGGESTED)
@pytest.mark.parametrize("facts", [FACTS, {}], ids=["known", "unknown"])
def test_every_suggestion_can_be_said(language: str, facts: dict[str, str]) -> None:
    for trigger, group in SUGGESTIONS:
        words = VOICE.suggestion(trigger, group, language, **facts)
        assert 20 <= len(words) <= 600, words
        assert not re.search(r"[{}]|None|  |\s[,.?!]|,,|\.\.| :|^\W", words), words
        assert words[-1] in ".?”»“", words


@pytest.mark.parametrize("language", [each for each in SHIPPED_LANGUAGES if each not in SUGGESTED])
@pytest.mark.parametrize("facts", [FACTS, {}], ids=["known", "unknown"])
def test_a_suggestion_is_in_the_customers_language_and_true_of_every_trigger(
    language: str, facts: dict[str, str]
) -> None:
    said_of = {VOICE.suggestion(trigger, group, language, **facts) for trigger, group in SUGGESTIONS}
    [words] = said_of
    assert words not in {VOICE.suggestion(t, group, "en", **facts) for t, group in SUGGESTIONS}
    assert 20 <= len(words) <= 600, words
    assert not re.search(r"[{}]|None|  |\s[,.?!،，]|,,|\.\.|^\W", words), words
    assert words[-1] in ".।。", words
    assert VOICE.company in words
    assert not PROMISES.search(words), words


@pytest.mark.parametrize("language", SUGGESTED)
def test_no_language_lacks_a_suggestion(language: str) -> None:
    names = [f"suggestions/{trigger}" for trigger in Trigger]
    names += [f"suggestions/policy.{group}" for group in POLICY_GROUPS]
    names.append("suggestions/person_request.frustration")
    assert [name for name in names if shipped(language, name) is None] == []


@pytest.mark.parametrize("language", SUGGESTED)
def test_nothing_is_promised_that_no_row_stands_behind(language: str) -> None:
    """Notices about callbacks promise, and are checked against the callback's row (tests/domain)."""
    notices = [said(language, name, NOTICE_FACTS) for name in NOTICES if name not in CALLBACKS]
    for facts in (FACTS, {}):
        suggested = [
            VOICE.suggestion(t, group, language, **facts)
            for t, group in SUGGESTIONS
            if t is not Trigger.CALLBACK
        ]
        for words in [*notices, *suggested]:
            assert not PROMISES.search(words), words


@pytest.mark.parametrize("language", SHIPPED_LANGUAGES)
def test_the_words_that_a_booking_names_are_understood(language: str) -> None:
    """ "To change that, write “move” or “cancel”": and then it must work."""
    quoted = re.findall(r"[“«„「]\s?(.+?)\s?[”»“」]", said(language, "booked", least("booked")))
    assert [read_intent(word, language) for word in quoted] == ["move", "cancel"], quoted


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


def test_times_are_told_as_the_language_writes_them() -> None:
    told = {
        "en": "Monday, November 30, 9:00 AM (Madrid, GMT+1)",
        "en-GB": "Monday 30 November, 09:00 (Madrid, GMT+1)",
        "es": "lunes, 30 de noviembre, 9:00 (Madrid, GMT+1)",
        "de": "Montag, 30. November, 09:00 (Madrid, GMT+1)",
        "ar": "الاثنين، 30 نوفمبر، 9:00 ص (مدريد، غرينتش+1)",
        "ja": "11月30日(月曜日) 9:00 (マドリード、GMT+1)",
        "ru": "понедельник, 30 ноября, 09:00 (Мадрид, GMT+1)",
    }
    for language, words in told.items():
        heard = VOICE.notice("waiting_off_duty", language, start=MOMENT).replace("\u202f", " ")
        assert words in heard


def test_a_list_of_times_is_numbered_and_names_its_zone_once() -> None:
    heard = said("en", "times", NOTICE_FACTS).replace("\u202f", " ")
    assert "(Madrid, GMT+1):\n1. Monday, November 30, 9:00 AM\n2. Monday, November 30, 3:30 PM\n" in heard


def test_the_distance_from_gmt_is_that_of_the_day() -> None:
    summer = Moment(datetime(2027, 7, 1, 8, tzinfo=UTC), "Europe/Madrid")
    assert "GMT+2" in VOICE.notice("booked", "en", when=summer)
    assert "Kathmandu, GMT+5:45" in VOICE.notice("booked", "en", when=Moment(summer.at, "Asia/Kathmandu"))
    assert "(UTC)" in VOICE.notice("booked", "en", when=Moment(summer.at, "UTC"))


def test_the_suggested_reply_fits_the_trigger() -> None:
    said = {VOICE.suggestion(trigger, "", "en") for trigger in Trigger}
    said |= {VOICE.suggestion(Trigger.POLICY, group, "en") for group in POLICY_GROUPS}
    assert len(said) == len(Trigger) + len(POLICY_GROUPS)
    assert "I'll look into your refund right away" in VOICE.suggestion(Trigger.POLICY, "refund", "en")


def test_known_customers_are_called_by_their_name() -> None:
    assert VOICE.suggestion(Trigger.CUSTOMER, "tag", "en", **FACTS).startswith("Hi Maria, ")
    assert VOICE.suggestion(Trigger.CUSTOMER, "tag", "es", **FACTS).startswith("Hola, Maria. ")
    assert VOICE.suggestion(Trigger.CUSTOMER, "tag", "de", **FACTS).startswith("Guten Tag Maria O'Neill, ")
