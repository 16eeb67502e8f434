"""The figures, with their definitions beside them. Labels are bounded: tenants, kinds, triggers."""

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bridge.domain.effects import Effect
from bridge.domain.events import CustomerWrote, TimerDue
from bridge.domain.model import Trigger
from bridge.ports import Settled, Step

CALLBACK = "callback_"
"""How the audit names what becomes of a callback."""


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = self._counter("messages", "Customer messages recorded.", ["tenant"])
        self.turns = self._counter(
            "turns", "Turns decided, by decision: answer, offer, handoff, clarify.", ["tenant", "decision"]
        )
        self.handoffs = self._counter(
            "handoffs", "Handoffs begun, by the trigger that decided.", ["tenant", "trigger"]
        )
        self.claims = self._counter("claims", "Claims of paged handoffs.", ["tenant"])
        self.callbacks = self._counter(
            "callbacks",
            "Steps of callbacks: booked, moved, cancelled, reminder, due, kept, missed. Who takes one and "
            "says nothing has not kept it: it is due again, and kept or missed again.",
            ["tenant", "step"],
        )
        self.late = Histogram(
            "bridge_timer_late_seconds",
            "From when a timer was due to the commit of what it brought.",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
            registry=self.registry,
        )
        self.calendars = Gauge(
            "bridge_calendars_in_trouble",
            "On-call calendars that can't be fetched or read now; the last copy of each is in use.",
            registry=self.registry,
        )
        self.skew = Gauge(
            "bridge_clock_skew_seconds",
            "The host's clock less the database's, which counts.",
            registry=self.registry,
        )
        self.effects = self._counter(
            "effects", "Effects ended, by kind and how: done, withheld, retry, dead.", ["kind", "status"]
        )
        self.batch = Histogram(
            "bridge_commit_events",
            "Events in one commit.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
            registry=self.registry,
        )
        self.claim_seconds = Histogram(
            "bridge_page_to_claim_seconds",
            "From the page to the claim.",
            buckets=(5, 10, 20, 30, 60, 120, 300, 600, 1800),
            registry=self.registry,
        )
        self.outbox = Gauge(
            "bridge_outbox", "Effects in the outbox, by status.", ["status"], registry=self.registry
        )
        self.oldest = Gauge(
            "bridge_outbox_oldest_seconds", "Age of the oldest pending effect.", registry=self.registry
        )

    def recorded(self, steps: Sequence[Step], now: datetime) -> None:
        if steps:
            self.batch.observe(len(steps))
        for step in steps:
            tenant, decision = step.event.tenant, step.decision
            if isinstance(step.event, CustomerWrote):
                self.messages.labels(tenant).inc()
            for turn in decision.turns:
                self.turns.labels(tenant, turn.decision).inc()
            if isinstance(step.event, TimerDue) and step.event.due is not None:
                self.late.observe(max((now - step.event.due).total_seconds(), 0))
            handoff = decision.conversation.handoff if decision.conversation else None
            for row in decision.audit:
                if row.action.startswith(CALLBACK):
                    self.callbacks.labels(tenant, row.action.removeprefix(CALLBACK)).inc()
                if row.action == "handoff" and handoff:
                    self.handoffs.labels(tenant, handoff.triggers[0].trigger).inc()
                paged = handoff is not None and handoff.triggers[0].trigger is not Trigger.TAKEN_OVER
                if row.action == "claim" and paged and handoff and handoff.claimed_at:
                    self.claims.labels(tenant).inc()
                    self.claim_seconds.observe((handoff.claimed_at - handoff.at).total_seconds())

    def settled(self, settled: Settled) -> None:
        effect: Effect = settled.recorded.effect
        self.effects.labels(type(effect).__name__, settled.status).inc()

    def text(self) -> bytes:
        return generate_latest(self.registry)

    def _counter(self, name: str, help: str, labels: list[str]) -> Counter:
        return Counter(f"bridge_{name}", help, labels, registry=self.registry)
