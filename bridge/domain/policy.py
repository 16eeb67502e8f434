"""The six triggers and the AI's own request: which fire, in which order, on what evidence.

Pure rules over facts. The first that fires decides; all that fire are kept. The order is that of
`Trigger`: explicit wishes and policy first, the AI's confidence last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.domain.answer import Answer, ToolFailure
from bridge.domain.model import Fired, Profile, Trigger
from bridge.domain.signals import Signal, find_keywords

POLICY_GROUPS = ("refund", "complaint", "legal", "medical", "billing")
"""The groups that the shipped language packs detect by themselves."""

PRECEDENCE = {trigger: rank for rank, trigger in enumerate(Trigger)}


@dataclass(frozen=True, slots=True)
class PolicyGroup:
    name: str
    keywords: tuple[str, ...] = ()
    desk: str = ""


@dataclass(frozen=True, slots=True)
class CustomerRule:
    tags: frozenset[str] = frozenset({"vip"})
    lifetime_value: float | None = 5000
    accounts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BuyingRule:
    cart_value: float | None = 500
    """Above it the cart fires; None = the cart never does."""
    qualified: bool = True


@dataclass(frozen=True, slots=True)
class Routing:
    """A tenant's rules. None = the trigger is off."""

    desk: str
    answer_at: float | None = 0.80
    person_request: bool = True
    policy: tuple[PolicyGroup, ...] = tuple(PolicyGroup(name) for name in POLICY_GROUPS)
    customers: CustomerRule | None = CustomerRule()
    tool_failure: bool = True
    assistant_request: bool = True
    buying_intent: BuyingRule | None = BuyingRule()
    desks: Mapping[Trigger, str] = field(default_factory=dict)
    """Desks of single triggers; every other goes to `desk`."""

    def desk_for(self, fired: Fired) -> str:
        groups = self.policy if fired.trigger is Trigger.POLICY else ()
        own = next((g.desk for g in groups if g.name == fired.group and g.desk), "")
        return own or self.desks.get(fired.trigger, self.desk)


def in_order(fired: Iterable[Fired]) -> tuple[Fired, ...]:
    return tuple(sorted(fired, key=lambda f: PRECEDENCE[f.trigger]))


def before_the_answer(
    routing: Routing,
    *,
    text: str,
    signals: Sequence[Signal],
    profile: Profile,
    bypass_done: bool,
    cart_value: float | None,
) -> tuple[Fired, ...]:
    """The triggers that need no AI: a person request, policy, the customer's standing, buying intent."""
    fired = [
        *_person_request(routing, signals),
        *_policy(routing, text, signals),
        *([] if bypass_done else _customer(routing, profile)),
        *_buying(routing, signals, cart_value),
    ]
    return in_order(fired)


def after_the_answer(routing: Routing, result: Answer | ToolFailure) -> tuple[Fired, ...]:
    """The triggers that the AI's answer can fire: tool failure, its own request, intent, confidence."""
    if isinstance(result, ToolFailure):
        return (Fired(Trigger.TOOL_FAILURE, result.why),) if routing.tool_failure else ()
    fired: list[Fired] = []
    if routing.tool_failure:
        fired += [
            Fired(Trigger.TOOL_FAILURE, f"{call.name}: {call.error or 'failed'}")
            for call in result.failed_tools
        ]
    if routing.assistant_request and result.handoff is not None:
        fired.append(Fired(Trigger.ASSISTANT_REQUEST, result.handoff.reason))
    fired += _stated_intent(routing, result)
    fired += _confidence(routing, result)
    return in_order(fired)


def _person_request(routing: Routing, signals: Sequence[Signal]) -> list[Fired]:
    if not routing.person_request:
        return []
    wanted = ("person_request", "frustration")
    return [Fired(Trigger.PERSON_REQUEST, s.evidence, s.name) for s in signals if s.name in wanted]


def _policy(routing: Routing, text: str, signals: Sequence[Signal]) -> list[Fired]:
    detected = {signal.name: signal.evidence for signal in signals}
    fired = []
    for group in routing.policy:
        evidence = detected.get(group.name)  # type: ignore[call-overload]
        evidence = evidence or find_keywords(text, group.keywords)
        if evidence:
            fired.append(Fired(Trigger.POLICY, evidence, group.name))
    return fired


def _customer(routing: Routing, profile: Profile) -> list[Fired]:
    rule = routing.customers
    if rule is None or not profile.verified:
        return []
    fired = []
    wanted = {tag.casefold() for tag in rule.tags}
    if tag := next((t for t in profile.tags if t.casefold() in wanted), None):
        fired.append(Fired(Trigger.CUSTOMER, f"tagged {tag}", "tag"))
    value = profile.lifetime_value
    if rule.lifetime_value is not None and value is not None and value >= rule.lifetime_value:
        fired.append(Fired(Trigger.CUSTOMER, f"lifetime value {value:,.0f}", "lifetime_value"))
    if profile.account.casefold() in {name.casefold() for name in rule.accounts}:
        fired.append(Fired(Trigger.CUSTOMER, f"named account {profile.account}", "account"))
    return fired


def _buying(routing: Routing, signals: Sequence[Signal], cart_value: float | None) -> list[Fired]:
    rule = routing.buying_intent
    if rule is None:
        return []
    fired = []
    if rule.cart_value is not None and cart_value is not None and cart_value > rule.cart_value:
        evidence = f"cart {cart_value:,.2f}, above {rule.cart_value:,.2f}"
        fired.append(Fired(Trigger.BUYING_INTENT, evidence, "cart_value"))
    if ready := next((s for s in signals if s.name == "buying_intent"), None):
        fired.append(Fired(Trigger.BUYING_INTENT, ready.evidence, "ready_to_buy"))
    return fired


def _stated_intent(routing: Routing, answer: Answer) -> list[Fired]:
    rule, intent = routing.buying_intent, answer.intent
    if rule is None or intent is None:
        return []
    if rule.qualified and intent.qualified:
        return [Fired(Trigger.BUYING_INTENT, intent.want or "a qualified prospect", "qualified")]
    if intent.buying:
        return [Fired(Trigger.BUYING_INTENT, intent.want or "ready to buy", "ready_to_buy")]
    return []


def _confidence(routing: Routing, answer: Answer) -> list[Fired]:
    if routing.answer_at is None:
        return []
    known = answer.known_confidence
    if known is None:
        return [Fired(Trigger.CONFIDENCE, "the assistant gave no usable confidence", "unknown")]
    if known < routing.answer_at:
        return [Fired(Trigger.CONFIDENCE, f"{known:.0%} sure, {routing.answer_at:.0%} needed")]
    return []
