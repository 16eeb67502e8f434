"""A desk and its customers on a clock of their own: everybody does something, time passes, alarms ring.

What is booked is shared by all customers, as the database shares it; what a desk's process believes to be
booked may be old, as a replica's may. After every step the promises are looked at (`promises`).
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NoReturn
from zoneinfo import ZoneInfo

from bridge.domain import events
from bridge.domain.backing import Unbacked
from bridge.domain.callback import Callback, CallbackState, Taken
from bridge.domain.decide import Snapshot, decide
from bridge.domain.events import OF_THE_OWNER, Opening, Outcome, TimerKind
from bridge.domain.ids import ConversationId, CustomerId, TenantId
from bridge.domain.model import Mode, Profile
from bridge.domain.rota import Rota, Switch
from bridge.domain.tenant import ChannelTraits
from bridge.timewords import TIMES
from tests.domain.play import ANA, BEN, Play, tenant
from tests.promises.case import Case, random_rota
from tests.promises.promises import Step, broken_by

DESK = "support"
CHANNELS = {
    "web": ChannelTraits(push=False, states=True, choices=True),
    "api": ChannelTraits(push=True, states=True),
}
RUN_OUT = timedelta(days=12)
"""Longer than any horizon: what was promised has been kept or not by then."""


class BrokenPromise(AssertionError):
    pass


class Town:
    def __init__(self, case: Case, random: Random) -> None:
        self.case = case
        self.random = random
        self.now = case.start
        self.log: list[str] = []
        self.changes = 0
        """Callbacks that were booked, moved, settled: what the case had to do with promises."""
        self.tenant = tenant(
            rotas={DESK: case.rota},
            timezone=random.choice(case.customers),
            callbacks=case.rules,
            times=TIMES,
            channels=CHANNELS,
        )
        self.callers = [Caller(self, n, zone) for n, zone in enumerate(case.customers)]

    # what happens

    def play(self) -> None:
        """Raises BrokenPromise with all that happened until then."""
        for caller in self.callers:
            caller.asks_for_somebody()
        for _ in range(self.case.steps):
            self._something()
        self.pass_until(self.now + RUN_OUT)
        for caller in self.callers:
            for number, state in caller.callbacks:
                if state in ("booked", "due") and caller.mode is not Mode.HUMAN:
                    self.breaks(f"callback {number} of customer {caller.number} is {state} for ever")

    def pass_until(self, end: datetime) -> None:
        while due := sorted(
            (t.due, caller.number, t.kind)
            for caller in self.callers
            for t in caller.timers.values()
            if t.due is not None and t.due <= end
        ):
            at, number, kind = due[0]
            self.now = max(self.now, at)
            self.callers[number].rings(kind)
        self.now = end

    def taken(self) -> tuple[Taken, ...]:
        return tuple(Taken(c.at, c.until, c.place) for c in self.promises())

    def promises(self) -> list[Callback]:
        found = [caller.conversation.promise for caller in self.callers if caller.conversation]
        return [promise for promise in found if promise is not None]

    def breaks(self, what: str) -> NoReturn:
        raise BrokenPromise("\n".join([str(self.case), *self.log[-40:], f"BROKEN: {what}"]))

    def staff(self, rota: Rota) -> None:
        self.tenant = replace(self.tenant, rotas={DESK: rota})

    @property
    def rota(self) -> Rota:
        return self.tenant.rotas[DESK]

    def _something(self) -> None:
        caller, roll = self.random.choice(self.callers), self.random.random()
        if roll < 0.3:
            caller.wants_a_time()
        elif roll < 0.36:
            caller.event(events.CallbackCancelled)
        elif roll < 0.42:
            caller.says(self.random.choice(["cancel", "move", "another time please", "thank you"]))
        elif roll < 0.5:
            self._agent_does_something(caller)
        elif roll < 0.55:
            caller.event(events.CustomerClosed)
        elif roll < 0.6:
            caller.asks_for_somebody()
        elif roll < 0.66:
            self._people_change()
        elif roll < 0.7:
            caller.zone_had_other_rules()
        elif roll < 0.75:  # this process hears of what others booked
            self.staff(replace(self.rota, taken=self.taken()))
        elif roll < 0.9 and (dues := [t.due for c in self.callers for t in c.timers.values() if t.due]):
            self.pass_until(max(self.now, min(dues)))
        else:
            self.pass_until(self.now + timedelta(minutes=self.random.choice((1, 20, 180, 1440))))

    def _agent_does_something(self, caller: "Caller") -> None:
        agent, roll = self.random.choice((ANA, BEN)), self.random.random()
        if roll < 0.5:
            caller.claims(agent)
        elif roll < 0.75:
            caller.writes("It is on its way.", agent)
        else:
            caller.releases(agent)

    def _people_change(self) -> None:
        """Somebody goes or comes; or the desk's whole schedule is another one from now on."""
        if self.random.random() < 0.3:
            zone = self.rota.zone.key
            self.staff(replace(random_rota(self.random, zone, self.now), taken=self.rota.taken))
            return
        until = self.now + timedelta(hours=self.random.choice((1, 10, 100)))
        switch = Switch(self.random.choice((ANA, BEN)), self.random.random() < 0.4, self.now, until)
        self.staff(replace(self.rota, switches=(*self.rota.switches, switch)))


class Caller(Play):
    """One customer."""

    def __init__(self, town: Town, number: int, zone: str) -> None:
        profile = Profile(timezone=zone, email=town.random.choice(("", "eve@example.com")))
        super().__init__(town.tenant, town.random.choice(("web", "api")), profile)
        self.town = town
        self.number = number
        self._opening = Opening(self._opening.channel, f"ext-{number}", CustomerId(f"{number:032x}"), profile)
        self._ids = {"tenant": TenantId("acme"), "conversation": ConversationId(f"{number:032x}")}

    def put(self, event: events.Event) -> Outcome:
        town, before = self.town, self.conversation
        self.now, self.tenant = town.now, town.tenant
        others = [c for c in town.promises() if before is None or c is not before.promise]
        town.log.append(f"{town.now:%a %d %b %H:%M} customer {self.number}: {_words(event)}")
        try:
            decision = decide(Snapshot(before, self.customer, town.taken()), event, town.tenant, town.now)
        except Unbacked as error:
            town.breaks(str(error))
        if decision.conversation is not None:
            self.conversation = decision.conversation
            self.customer = decision.customer or self.customer
        self.entries += decision.entries
        self.audit += decision.audit
        for timer in decision.timers:
            if timer.due is None:
                self.timers.pop(timer.kind, None)
            else:
                self.timers[timer.kind] = timer
        self.decisions.append(decision)
        town.changes += len(decision.callbacks)
        step = Step(town.now, event, before, decision, town.tenant, others, dict(self.timers))
        for what in broken_by(step):
            town.breaks(what)
        return decision.outcome

    def asks_for_somebody(self) -> None:
        self.event(events.PersonAsked)

    def rings(self, kind: TimerKind) -> None:
        timer = self.timers.pop(kind)
        if kind in OF_THE_OWNER and timer.epoch != self.conv.epoch:
            return  # the table's key is the kind: an older owner's is never beside a newer one's
        ring = events.TimerDue(**self._ids, kind=kind, epoch=timer.epoch, due=timer.due)  # type: ignore[arg-type]
        self.put(ring)

    def wants_a_time(self) -> None:
        """By button, by number, or in words; then the address, where it is asked for."""
        random = self.town.random
        if not self.slots:
            self.event(events.TimesAsked)
        if not self.slots:
            return
        number = random.randrange(len(self.slots))
        roll = random.random()
        if roll < 0.5:
            self.chooses(self.slots[number])
        elif roll < 0.75:
            self.says(str(number + 1))
        else:
            self._says_when(self.slots[number])
        if self.conv.times and self.conv.times.chosen and random.random() < 0.8:
            self.says("eve@example.com")

    def _says_when(self, slot: datetime) -> None:
        """What is booked by these words is that time on the customer's clock, or nothing is."""
        assert self.conv.times is not None
        local = slot.astimezone(ZoneInfo(self.conv.times.zone))
        known = self.conv.callback
        move = "move it to " if self.conv.promise else ""
        self.says(f"{move}{local:%d %B %Y} at {local:%H:%M}")
        chosen = self.conv.times.chosen if self.conv.times else None
        booked = self.conv.callback if self.conv.callback is not known else None
        got = booked.local if booked and booked.state is CallbackState.BOOKED else ""
        if chosen:
            got = chosen.astimezone(ZoneInfo(self.conv.times.zone)).isoformat()[:16]
        if got and got != f"{local:%Y-%m-%dT%H:%M}":
            self.town.breaks(f"{local:%Y-%m-%dT%H:%M} was said and {got} was booked")

    def zone_had_other_rules(self) -> None:
        """As if the callback had been booked before its zone's rules changed by an hour."""
        promise = self.conv.promise
        if promise is None or promise.state is not CallbackState.BOOKED:
            return
        apart = timedelta(hours=self.town.random.choice((1, -1)))
        if promise.at + apart <= self.town.now or promise.promised() <= self.town.now:
            return
        old = replace(promise, at=promise.at + apart, until=promise.until + apart)
        self.conversation = replace(self.conv, callback=old)
        self.put(events.ZoneRulesChanged(**self._ids))  # type: ignore[arg-type]


def _words(event: events.Event) -> str:
    told = {name: getattr(event, name) for name in ("text", "slot", "kind", "agent") if hasattr(event, name)}
    said = ", ".join(
        f"{name} {value.astimezone(UTC):%d %b %H:%M}Z" if isinstance(value, datetime) else f"{name} {value}"
        for name, value in told.items()
    )
    return f"{type(event).__name__}({said})"
