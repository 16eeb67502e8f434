"""Callbacks: offered truthfully, booked with their row, kept at their time, or missed and said so."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bridge.domain.callback import CallbackRules, CallbackState, Taken, Wish, matching
from bridge.domain.card import Card, draw
from bridge.domain.effects import PostNote, SyncCard
from bridge.domain.events import (
    CallbackCancelled,
    CustomerClosed,
    OutcomeKind,
    PersonAsked,
    TimerKind,
    TimesAsked,
    ZoneRulesChanged,
)
from bridge.domain.model import Mode, Profile, Trigger
from bridge.domain.rota import Hours, Rota, Switch, called_by
from bridge.domain.tenant import ChannelTraits, Pages, Tenant
from bridge.timewords import TIMES
from tests.domain.play import ANA, BEN, Play, tenant

MADRID = ZoneInfo("Europe/Madrid")
NIGHT = datetime(2026, 11, 23, 21, tzinfo=UTC)
"""Monday 22:00 in Madrid: the office opens at nine."""
OPENS = datetime(2026, 11, 24, 8, tzinfo=UTC)
OFFICE = Rota((Hours(frozenset(range(5)), time(9), time(18), (ANA, BEN)),), MADRID)
WEB = ChannelTraits(push=False, states=True, choices=True)


class Words:
    """A time reader that knows three phrases."""

    KNOWN = {  # noqa: RUF012
        "tomorrow at 11": Wish(date(2026, 11, 24), time(11), either_half=True),
        "wednesday": Wish(date(2026, 11, 25)),
        "sunday at 11": Wish(date(2026, 11, 29), time(11)),
        "wednesday at 10": Wish(date(2026, 11, 25), time(10)),
    }

    def read(self, text: str, language: str, now: datetime) -> Wish | None:
        return self.KNOWN.get(text.lower())


def rules(**fields: object) -> Tenant:
    base = tenant(
        rotas={"support": OFFICE},
        timezone="Europe/Madrid",
        callbacks=CallbackRules(),
        times=Words(),
        channels={"web": WEB, "api": ChannelTraits(push=True, states=True)},
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def at_night(made: Tenant | None = None, channel: str = "api", profile: Profile | None = None) -> Play:
    """Somebody asks for a person when nobody is there."""
    play = Play(made or rules(), channel, profile)
    play.now = NIGHT
    play.says("let me talk to a human")
    return play


def booked(channel: str = "api", **fields: object) -> Play:
    play = at_night(rules(**fields), channel, Profile(email="eve@example.com"))
    play.chooses(play.slots[0])
    return play


def card_of(play: Play) -> Card:
    assert play.customer is not None
    assert play.conv.handoff is not None
    return draw(play.conv, play.customer, play.conv.handoff)


def told(card: Card) -> str:
    """What the card says that the customer was told."""
    return card.told.words(lambda at: f"{at.astimezone(MADRID):%a %H:%M}") if card.told else ""


def calls(play: Play, since: int) -> list[type]:
    """Which messages the decisions from `since` on put into the thread."""
    effects = [effect for decision in play.decisions[since:] for effect in decision.effects]
    return [type(e) for e in effects if isinstance(e, PostNote) or (isinstance(e, SyncCard) and e.page)]


def state(play: Play) -> CallbackState:
    assert play.conv.callback is not None
    return play.conv.callback.state


# ---- what is offered -------------------------------------------------------------------------------


def test_nobody_on_call_is_said_at_once_with_times() -> None:
    play = at_night()
    away, times = play.told
    assert away == "[waiting_off_duty] Tue 09:00 (Europe/Madrid)"
    assert times.startswith("[times]")
    assert play.slots[0] == OPENS
    assert play.shown.callback is not None
    assert play.shown.callback.slots[0] == "2026-11-24T09:00:00+01:00"
    assert play.shown.callback.timezone == "Europe/Madrid"


def test_times_are_on_the_customers_own_clocks() -> None:
    play = at_night(profile=Profile(timezone="America/New_York"))
    assert play.told[0] == "[waiting_off_duty] Tue 03:00 (America/New_York)"
    assert play.shown.callback is not None
    assert play.shown.callback.slots[0] == "2026-11-24T03:00:00-05:00"


def test_the_zone_is_named_in_the_customers_language_for_each_offset_on_show() -> None:
    profile = Profile(timezone="America/New_York", language="es")
    shown = at_night(profile=profile).shown.callback
    assert shown is not None
    assert shown.language == "es"
    assert shown.zones == {"-05:00": "America/New_York in es"}


def test_where_the_clocks_change_between_the_times_each_offset_is_named() -> None:
    play = Play(rules(), "api", Profile(timezone="America/New_York"))
    play.now = datetime(2026, 10, 29, 20, 0, tzinfo=UTC)  # a Thursday; New York's clocks go back on Sunday
    play.says("let me talk to a human")
    shown = play.shown.callback
    assert shown is not None
    assert {*shown.zones} == {slot[-6:] for slot in shown.slots} == {"-04:00", "-05:00"}


def test_a_zone_that_does_not_exist_is_the_companys() -> None:
    play = at_night(profile=Profile(timezone="Mars/Olympus"))
    assert play.conv.times is not None
    assert play.conv.times.zone == "Europe/Madrid"


def test_times_are_spread_over_days_within_hours_notice_and_horizon() -> None:
    play = at_night()
    local = [at.astimezone(MADRID) for at in play.slots]
    assert len(local) == 9
    assert {at.day for at in local} == {24, 25, 26}
    assert all(at.hour >= 9 and at + timedelta(minutes=30) <= at.replace(hour=18, minute=0) for at in local)
    assert local == sorted(local)


def test_what_is_booked_already_is_not_offered() -> None:
    taken = (Taken(OPENS, OPENS + timedelta(minutes=30), 0),)
    assert at_night(rules(rotas={"support": OFFICE.live(taken=taken)})).slots[0] == OPENS + timedelta(
        minutes=30
    )
    two = CallbackRules(at_once=2)
    both = rules(rotas={"support": OFFICE.live(taken=taken)}, callbacks=two)
    assert at_night(both).slots[0] == OPENS


def test_without_callbacks_nothing_is_offered() -> None:
    play = at_night(rules(callbacks=None))
    assert play.told == ["[waiting_off_duty] Tue 09:00 (Europe/Madrid)"]
    assert play.shown.callback is None


def test_somebody_on_call_is_waited_for_without_times() -> None:
    play = Play(rules())
    play.says("let me talk to a human")
    assert play.told == ["[waiting]"]
    assert play.slots == ()
    assert play.event(TimesAsked).done, "but may be asked for"
    assert play.told[-1].startswith("[times]")


def test_when_nobody_takes_the_page_times_are_offered_with_the_truth() -> None:
    play = Play(rules())
    play.says("let me talk to a human")
    play.later(timedelta(minutes=6))
    assert [words.split()[0] for words in play.told] == ["[waiting]", "[gave_up]", "[times]"]
    assert play.mode is Mode.WAITING


# ---- choosing --------------------------------------------------------------------------------------


def test_a_chosen_time_is_booked_with_its_place_its_alarms_and_its_notice() -> None:
    play = at_night()
    assert play.chooses(play.slots[1]).done
    callback = play.conv.callback
    assert callback is not None
    assert (callback.at, callback.zone, callback.place) == (play.slots[1], "Europe/Madrid", 0)
    assert callback.local == f"{play.slots[1].astimezone(MADRID):%Y-%m-%dT%H:%M}"
    assert play.told[-1].startswith("[booked]")
    timers = {kind: timer.due for kind, timer in play.timers.items() if timer.due}
    assert timers == {
        TimerKind.CALLBACK: callback.at,
        TimerKind.REMINDER: callback.at - timedelta(minutes=10),
    }
    assert play.shown.callback is not None
    assert play.shown.callback.booked == callback.at.astimezone(MADRID).isoformat()


def test_a_time_that_is_not_on_offer_is_refused() -> None:
    play = at_night()
    assert play.chooses(NIGHT + timedelta(hours=1)).code == "not_offered"
    assert play.conv.callback is None


@pytest.mark.parametrize("words", ["2", " 2. ", "(2)", "٢", "２"])
def test_a_time_is_chosen_by_its_number(words: str) -> None:
    play = at_night()
    second = play.slots[1]
    play.says(words)
    assert play.conv.callback is not None
    assert play.conv.callback.at == second


def test_a_time_is_chosen_in_words_also_when_it_was_not_listed() -> None:
    play = at_night()
    eleven = datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert eleven not in play.slots
    play.says("Tomorrow at 11")
    assert play.conv.callback is not None
    assert play.conv.callback.at == eleven


def test_a_day_in_words_shows_the_times_of_that_day() -> None:
    play = at_night()
    play.says("Wednesday")
    assert play.conv.callback is None
    assert {at.astimezone(MADRID).day for at in play.slots} == {25}


def test_a_time_outside_the_hours_is_not_promised() -> None:
    play = at_night()
    play.says("Sunday at 11")
    assert play.conv.callback is None
    assert play.told[-1].startswith("[times_gone]")


@pytest.mark.parametrize(("hour", "meant"), [(12, 12), (3, 15), (10, 10), (7, 7)])
def test_an_hour_without_its_half_of_the_day_is_the_likelier_one(hour: int, meant: int) -> None:
    tomorrow = date(2026, 11, 24)
    slots = [datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in range(24)]
    wish = Wish(tomorrow, time(hour), either_half=True)
    assert matching(wish, slots, ZoneInfo("UTC"))[0].hour == meant
    night = [at for at in slots if at.hour < 7]
    assert [at.hour for at in matching(replace(wish, clock=time(3)), night, ZoneInfo("UTC"))] == [3]


def test_a_time_that_is_taken_is_not_taken_for_the_other_half_of_the_day() -> None:
    """ "At 11" is booked by somebody else: 23:00 is not what was meant, though the desk is there."""
    eleven = datetime(2026, 11, 24, 10, tzinfo=UTC)
    taken = (Taken(eleven, eleven + timedelta(minutes=30), 0),)
    always = Rota(zone=MADRID).live(taken=taken)
    play = at_night(rules(rotas={"support": always}))
    play.event(TimesAsked)
    play.says("Tomorrow at 11")
    assert play.conv.callback is None
    assert play.told[-1].startswith("[times_gone]")


def test_what_else_is_written_goes_to_the_desk_as_ever() -> None:
    play = at_night()
    told = len(play.told)
    play.says("my order is AC-1042 by the way")
    assert play.conv.callback is None
    assert len(play.told) == told


def test_a_time_that_went_meanwhile_is_refused_and_others_are_shown() -> None:
    play = at_night()
    first = play.slots[0]
    taken = (Taken(first, first + timedelta(minutes=30), 0),)
    play.tenant = rules(rotas={"support": OFFICE.live(taken=taken)})
    outcome = play.chooses(first)
    assert outcome.kind is OutcomeKind.REFUSED
    assert outcome.code == "taken"
    assert play.told[-1].startswith("[times_gone]")
    assert first not in play.slots
    assert play.conv.callback is None


def test_a_channel_that_can_not_be_written_to_later_asks_for_an_address_first() -> None:
    play = at_night(channel="web")
    slot = play.slots[0]
    assert play.chooses(slot).done
    assert play.told[-1].startswith("[ask_reach]")
    assert play.conv.callback is None, "nothing is promised yet"
    assert play.shown.callback is not None
    assert play.shown.callback.chosen
    assert not play.shown.callback.booked
    play.says("you can write to eve@example.com")
    assert play.conv.callback is not None
    assert play.conv.callback.reach == "eve@example.com"
    assert play.told[-1].startswith("[booked]")


def test_a_known_address_is_not_asked_for_again() -> None:
    play = booked("web")
    assert play.conv.callback is not None
    assert play.conv.callback.reach == "eve@example.com"


# ---- moving and cancelling -------------------------------------------------------------------------


def test_a_callback_is_moved_by_choosing_another_time() -> None:
    play = booked()
    other = play.slots[3]
    play.chooses(other)
    assert play.callbacks == [(1, "moved"), (2, "booked")]
    assert play.timers[TimerKind.CALLBACK].due == other
    assert play.timers[TimerKind.CALLBACK].epoch == 2


def test_a_callback_is_moved_in_words() -> None:
    play = booked()
    play.says("Move")
    assert play.told[-1].startswith("[times]")
    play.says("move it to wednesday at 10")
    assert play.conv.callback is not None
    assert play.conv.callback.at == datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Actually, can we do Thursday 9:30 instead?"),
        ("en", "Thursday at 9:30"),
        ("es", "Mejor cámbiala al jueves a las 9:30"),
        ("de", "Kann ich das auf Donnerstag 9:30 Uhr verschieben?"),
        ("fr", "Reporter à jeudi à 9h30"),
        ("it", "Spostiamo a giovedì alle 9:30, meglio"),
        ("ja", "木曜日の9時30分に変更してください"),
    ],
)
def test_a_callback_is_moved_in_a_customers_own_words(language: str, words: str) -> None:
    play = booked(times=TIMES, languages=(language,))
    play.conversation = replace(play.conv, language=language)
    play.says(words)
    assert play.conv.callback is not None
    assert play.conv.callback.local == "2026-11-26T09:30"


def test_a_time_whose_day_was_not_understood_is_asked_for() -> None:
    """ "Monday of next week, ten in the morning": tomorrow at ten would be a wrong promise."""
    play = at_night(rules(times=TIMES, languages=("ja",)))
    play.conversation = replace(play.conv, language="ja")
    play.says("来週の月曜日の朝10時")
    assert play.conv.callback is None
    assert {at.astimezone(MADRID).hour for at in play.slots} == {10}


@pytest.mark.parametrize("words", ["明天上午十点", "明天上午10点", "明天十点"])
def test_hours_in_characters(words: str) -> None:
    play = at_night(rules(times=TIMES, languages=("zh",)))
    play.conversation = replace(play.conv, language="zh")
    play.says(words)
    assert play.conv.callback is not None
    assert play.conv.callback.local == "2026-11-24T10:00"


@pytest.mark.parametrize(
    "words", ["I will be there at 10 then", "mejor, gracias", "my number is 10", "at noon?"]
)
def test_what_only_mentions_a_time_moves_nothing(words: str) -> None:
    play = booked(times=TIMES)
    play.says(words)
    assert play.callbacks == [(1, "booked")]


@pytest.mark.parametrize("words", ["cancel", "Cancel please!", "please cancel the callback"])
def test_a_callback_is_cancelled_in_words(words: str) -> None:
    play = booked()
    play.says(words)
    assert state(play) is CallbackState.CANCELLED
    assert play.told[-1].startswith("[cancelled]")
    assert play.shown.callback is None


def test_cancelling_something_else_is_no_cancelled_callback() -> None:
    play = booked()
    play.says("please cancel my order AC-1042")
    assert state(play) is CallbackState.BOOKED


def test_a_cancelled_callback_leaves_the_request_with_the_desk() -> None:
    play = booked()
    assert play.event(CallbackCancelled).done
    assert play.mode is Mode.WAITING
    play.later(OPENS + timedelta(seconds=30) - NIGHT)
    assert play.pages == 2, "the desk is called when it opens"
    assert play.event(CallbackCancelled).code == "no_callback"


# ---- keeping ---------------------------------------------------------------------------------------


def test_the_desk_is_reminded_and_paged_and_the_customer_told() -> None:
    play = booked()
    pages = play.pages
    play.later(OPENS - timedelta(minutes=9) - NIGHT)
    assert play.pages == pages + 1
    assert "Callback in 10 min" in play.notes[-1]
    assert called_by((ANA, BEN), play.conv.handoff) == (ANA,)  # type: ignore[arg-type]
    play.later(timedelta(minutes=10))
    assert play.told[-1].startswith("[callback_due]")
    assert play.pages >= pages + 2
    play.claims(ANA)
    assert state(play) is CallbackState.KEPT
    assert play.conv.callback is not None
    assert play.conv.callback.by == "Ana"


def test_a_reminder_and_the_due_moment_are_one_message_each_that_says_it_all() -> None:
    play = booked("web")
    before = len(play.decisions)
    play.later(OPENS - timedelta(minutes=10) - NIGHT)
    assert calls(play, before) == [SyncCard]
    when = "promised for Tue 24 Nov 09:00 (Europe/Madrid), or reach them at eve@example.com."
    assert card_of(play).calling == f"Callback soon: Unknown customer, {when}"
    before = len(play.decisions)
    play.later(timedelta(minutes=10))
    assert calls(play, before) == [SyncCard]
    assert card_of(play).calling == f"Callback now: Unknown customer, {when}"
    assert [note for note in play.notes if "Callback" in note] == [
        f"Callback in 10 min: {when}",
        f"Callback now: {when}",
    ], "both are on record"


def test_who_has_the_conversation_is_reminded_by_one_line_and_not_paged() -> None:
    play = booked()
    play.later(OPENS - timedelta(minutes=12) - NIGHT)
    play.claims(ANA)
    before = len(play.decisions)
    play.later(timedelta(minutes=2))
    assert calls(play, before) == [PostNote]
    play.later(timedelta(minutes=5))
    play.writes("Hello, I am early.")
    before, handoff = len(play.decisions), play.conv.handoff
    play.later(timedelta(minutes=5))
    assert calls(play, before) == [PostNote]
    assert "is now" in play.notes[-1]
    assert handoff is not None
    assert play.conv.handoff is not None
    assert play.conv.handoff.pages == handoff.pages + 1, "the console rings by it"


def test_who_passes_on_a_promise_passes_on_its_time() -> None:
    play = booked()
    play.transfers("sales", reason="she wants a quote")
    calling = card_of(play).calling
    assert calling.startswith("Unknown customer is passed on by Ana: she wants a quote. Callback: ")
    assert "promised for Tue 24 Nov 09:00" in calling


def test_the_card_says_what_the_customer_was_told_while_nobody_is_there() -> None:
    play = at_night()
    assert told(card_of(play)) == "The customer was told that somebody is back Tue 09:00, and offered times"
    play.chooses(play.slots[0])
    assert told(card_of(play)) == "", "the promise itself stands on the card"
    play.later(OPENS + timedelta(minutes=6) - NIGHT)
    missed = "The customer was told that nobody kept their callback, and offered times"
    assert told(card_of(play)) == missed
    play.claims(ANA)
    assert told(card_of(play)) == ""


def test_the_card_says_that_the_customer_was_told_that_nobody_came() -> None:
    play = Play(rules(rotas={}))
    play.says("let me talk to a human")
    assert told(card_of(play)) == ""
    play.later(timedelta(minutes=6))
    assert told(card_of(play)).startswith("The customer was told that nobody is free yet")
    play.says("hello?")
    assert told(card_of(play)) == "", "the desk is called again"


def test_a_time_to_come_is_not_urgent_and_one_that_is_due_is() -> None:
    play = booked()
    play.later(OPENS - timedelta(minutes=9) - NIGHT)
    assert not card_of(play).urgent
    play.later(timedelta(minutes=10))
    assert card_of(play).urgent


def test_the_desk_is_not_called_between_the_booking_and_its_time() -> None:
    play = booked()
    play.chooses(play.slots[-1])
    pages = play.pages
    play.later(timedelta(hours=30))
    assert play.pages == pages


def test_a_callback_that_nobody_keeps_is_apologised_for_and_counted() -> None:
    play = booked()
    play.later(OPENS + timedelta(minutes=6) - NIGHT)
    said = [words.split()[0] for words in play.told[-3:]]
    assert said == ["[callback_due]", "[callback_missed]", "[times]"]
    assert play.callbacks == [(1, "missed")]
    assert [row.action for row in play.audit if row.action.startswith("callback")] == [
        "callback_booked",
        "callback_reminder",
        "callback_due",
        "callback_missed",
    ]
    play.chooses(play.slots[0])
    assert play.callbacks == [(1, "missed"), (2, "booked")]


def test_the_promise_is_kept_whatever_the_hours_say_now() -> None:
    """Everybody switched off after the booking: the desk is called all the same."""
    play = booked()
    off = tuple(Switch(agent, False, NIGHT) for agent in (ANA, BEN))
    play.tenant = rules(rotas={"support": OFFICE.live(switches=off)})
    play.later(OPENS - NIGHT)
    assert play.told[-1].startswith("[callback_due]")
    play.later(timedelta(minutes=6))
    assert "[callback_missed]" in " ".join(play.told[-2:])


def test_who_takes_a_callback_and_says_nothing_has_not_kept_it() -> None:
    play = booked()
    play.later(OPENS - NIGHT)
    play.claims(ANA)
    assert state(play) is CallbackState.KEPT
    play.later(timedelta(minutes=15))
    assert "[lapsed]" in " ".join(play.told[-2:])
    assert state(play) is CallbackState.DUE
    play.later(timedelta(minutes=6))
    assert state(play) is CallbackState.MISSED
    assert "[callback_missed]" in " ".join(play.told[-2:])


def test_who_takes_a_callback_and_speaks_has_kept_it_whatever_comes_then() -> None:
    play = booked()
    play.later(OPENS - NIGHT)
    play.claims(ANA)
    play.later(timedelta(minutes=2))
    play.writes("Hello Eve, Ana here.", ANA)
    play.later(timedelta(minutes=30))
    assert state(play) is CallbackState.KEPT
    at_once = booked()
    at_once.later(OPENS - NIGHT)
    at_once.sends_suggested(ANA)
    at_once.later(timedelta(minutes=30))
    assert state(at_once) is CallbackState.KEPT


def test_a_callback_outlives_the_handoff_and_opens_another() -> None:
    play = booked()
    play.releases(ANA)
    assert play.mode is Mode.ASSISTANT
    assert state(play) is CallbackState.BOOKED
    play.says("what are your opening hours?")
    play.ai("Nine to six.")
    play.later(OPENS - NIGHT)
    assert play.conv.mode == "waiting"
    assert play.triggers == [Trigger.CALLBACK]
    assert play.conv.handoff is not None
    assert play.conv.handoff.number == 2
    assert play.told[-1].startswith("[callback_due]")


def test_a_closed_chat_is_called_back_all_the_same() -> None:
    play = booked("web")
    play.event(CustomerClosed)
    assert play.mode is Mode.CLOSED
    play.later(OPENS - NIGHT)
    assert play.conv.mode == "waiting"
    assert any(isinstance(e, SyncCard) and e.page for e in play.decisions[-1].effects)


def test_who_talked_with_the_customer_before_the_time_has_kept_it() -> None:
    play = booked()
    play.claims(ANA)
    play.writes("It is on its way.", ANA)
    play.releases(ANA)
    assert state(play) is CallbackState.KEPT
    assert play.told[-1].startswith("[callback_settled]")
    told = len(play.told)
    play.later(OPENS - NIGHT)
    assert len(play.told) == told


def test_a_claim_without_a_word_keeps_nothing() -> None:
    play = booked()
    play.claims(ANA)
    play.releases(ANA)
    assert state(play) is CallbackState.BOOKED


def test_a_release_at_the_time_without_a_word_breaks_the_promise_and_says_so() -> None:
    play = booked()
    play.later(OPENS - NIGHT)
    play.releases(ANA)
    assert state(play) is CallbackState.MISSED
    assert "[callback_missed]" in " ".join(play.told[-2:])


def test_an_owner_at_the_time_has_kept_it() -> None:
    play = booked()
    play.later(OPENS - timedelta(minutes=5) - NIGHT)
    play.claims(ANA)
    play.later(timedelta(minutes=5))
    assert state(play) is CallbackState.KEPT
    assert "is now" in play.notes[-1]


# ---- zones -----------------------------------------------------------------------------------------


def test_a_zone_rule_that_changes_keeps_the_promised_time_on_the_clock() -> None:
    play = booked()
    callback = play.conv.callback
    assert callback is not None
    an_hour_off = replace(
        callback, at=callback.at + timedelta(hours=1), until=callback.until + timedelta(hours=1)
    )
    play.conversation = replace(play.conv, callback=an_hour_off)
    play.put(ZoneRulesChanged(tenant=play.conv.tenant, conversation=play.conv.id))
    assert play.conv.callback is not None
    assert (play.conv.callback.at, play.conv.callback.local) == (callback.at, callback.local)
    assert play.timers[TimerKind.CALLBACK].due == callback.at
    nothing = play.put(ZoneRulesChanged(tenant=play.conv.tenant, conversation=play.conv.id))
    assert nothing.kind is OutcomeKind.IGNORED


# ---- pages that escalate ---------------------------------------------------------------------------


def test_another_desk_is_called_before_it_is_given_up() -> None:
    pages = Pages(fallback="sales", fallback_after=timedelta(minutes=2))
    play = Play(rules(pages=pages))
    play.says("let me talk to a human")
    play.later(timedelta(minutes=2))
    assert play.conv.handoff is not None
    assert play.conv.handoff.desk == "sales"
    moved = [row for row in play.audit if row.action == "moved"]
    assert [(row.actor, row.before, row.after) for row in moved] == [
        ("timer:fallback", "desk:support", "desk:sales")
    ]
    play.later(timedelta(minutes=3))
    assert "[gave_up]" in " ".join(play.told), "five minutes after the first page, as ever"


def test_a_fallback_desk_where_nobody_is_is_left_alone() -> None:
    pages = Pages(fallback="sales", fallback_after=timedelta(minutes=2))
    shut = Rota((Hours(frozenset({6}), time(9), time(18)),), MADRID)
    play = Play(rules(pages=pages, rotas={"support": OFFICE, "sales": shut}))
    play.says("let me talk to a human")
    play.later(timedelta(minutes=4))
    assert play.conv.handoff is not None
    assert play.conv.handoff.desk == "support"


def test_a_named_fallback_desk_is_asked_at_once_where_it_alone_is_there() -> None:
    pages = Pages(fallback="night", fallback_named=True)
    play = at_night(rules(pages=pages))
    assert play.told == ["[waiting]"]
    assert play.conv.handoff is not None
    assert play.conv.handoff.desk == "night"


def test_a_team_that_went_home_meanwhile_is_not_called_and_the_customer_is_told() -> None:
    play = Play(rules(pages=Pages(give_up_after=timedelta(hours=2), repeat_after=timedelta(minutes=20))))
    play.now = datetime(2026, 11, 23, 16, 50, tzinfo=UTC)
    play.says("let me talk to a human")
    play.later(timedelta(minutes=20))
    assert play.pages == 1
    assert [words.split()[0] for words in play.told] == ["[waiting]", "[waiting_off_duty]", "[times]"]


def test_the_assistant_goes_on_only_where_the_tenant_lets_it() -> None:
    allowed = frozenset({Trigger.PERSON_REQUEST})
    play = at_night(rules(pages=Pages(assistant_meanwhile=allowed)))
    asks = play.asks
    play.says("what are your opening hours?")
    assert play.asks == asks + 1
    play.ai("Nine to six.")
    assert play.told[-1] == "Nine to six."
    assert play.mode is Mode.WAITING
    play.says("and on holidays?")
    play.ai("Perhaps.", 0.2)
    assert play.told[-1] == "Nine to six.", "what it is not sure of is left to a person"
    assert play.withheld == ["Perhaps."]

    alone = at_night()
    asks = alone.asks
    alone.says("what are your opening hours?")
    assert alone.asks == asks


def test_the_assistant_falls_silent_when_somebody_claims() -> None:
    play = at_night(rules(pages=Pages(assistant_meanwhile=frozenset({Trigger.PERSON_REQUEST}))))
    play.says("what are your opening hours?")
    asked = play.asked
    play.claims(ANA)
    play.ai("Nine to six.", asked=asked)
    assert play.told[-1] == "[joined] Ana"


def test_a_promise_and_a_request_are_told_apart() -> None:
    """Pressing "talk to a person" again with a callback booked changes nothing about it."""
    play = booked()
    play.event(PersonAsked)
    assert state(play) is CallbackState.BOOKED
