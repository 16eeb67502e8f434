"""From a tenant's settings to the core's `Tenant`: plain frozen values, nothing of files or pydantic."""

from collections.abc import Mapping

from bridge.domain.callback import CallbackRules
from bridge.domain.ids import TenantId
from bridge.domain.model import Trigger
from bridge.domain.policy import BuyingRule, CustomerRule, PolicyGroup, Routing
from bridge.domain.tenant import ChannelTraits, Pages, Tenant
from bridge.settings.reading import TenantSettings
from bridge.settings.rotas import compile_rota
from bridge.settings.routing import BuyingIntent, Customers, RoutingSection, TriggerSection
from bridge.settings.tenant import Callbacks, PagesSection
from bridge.timewords import TIMES


def compile_tenant(settings: TenantSettings, traits: Mapping[str, ChannelTraits]) -> Tenant:
    """`traits` are those of the tenant's channels, by the channel's name."""
    file = settings.file
    return Tenant(
        id=TenantId(file.tenant),
        name=file.name or file.tenant,
        languages=file.languages,
        channels={name: traits[name] for name in settings.channels},
        routing=_routing(file.routing, default_desk=next(iter(settings.desks))),
        voice=settings.voice,
        pages=_pages(file.pages, file.routing.desk or next(iter(settings.desks))),
        gather=file.turns.gather,
        desks=tuple(settings.desks),
        rotas={
            desk: compile_rota(entries, file.timezone, settings.folder)
            for desk, entries in file.on_call.items()
        },
        timezone=file.timezone.key,
        callbacks=_callbacks(file.callbacks),
        times=TIMES,
    )


def _pages(section: PagesSection, default_desk: str) -> Pages:
    return Pages(
        repeat_after=section.repeat_after,
        give_up_after=section.give_up_after,
        claim_lease=section.claim_lease,
        fallback=section.fallback or default_desk,
        fallback_named=bool(section.fallback),
        fallback_after=section.fallback_after or section.give_up_after / 2,
        assistant_meanwhile=frozenset(Trigger(name) for name in section.assistant_meanwhile),
    )


def _callbacks(section: Callbacks | None) -> CallbackRules | None:
    if section is None:
        return None
    return CallbackRules(section.slot, section.horizon, section.notice, section.at_once, section.remind)


def _routing(section: RoutingSection, default_desk: str) -> Routing:
    return Routing(
        desk=section.desk or default_desk,
        answer_at=section.confidence.answer_at if section.confidence else None,
        person_request=section.person_request is not None,
        policy=tuple(PolicyGroup(g.group, g.keywords, g.desk) for g in section.policy.groups),
        customers=_customers(section.customers),
        tool_failure=section.tool_failure is not None,
        assistant_request=section.assistant_request is not None,
        buying_intent=_buying(section.buying_intent),
        desks={trigger: own.desk for trigger, own in _triggers(section).items() if own and own.desk},
    )


def _triggers(section: RoutingSection) -> dict[Trigger, TriggerSection | None]:
    return {
        Trigger.PERSON_REQUEST: section.person_request,
        Trigger.POLICY: section.policy,
        Trigger.CUSTOMER: section.customers,
        Trigger.TOOL_FAILURE: section.tool_failure,
        Trigger.ASSISTANT_REQUEST: section.assistant_request,
        Trigger.BUYING_INTENT: section.buying_intent,
        Trigger.CONFIDENCE: section.confidence,
    }


def _customers(section: Customers | None) -> CustomerRule | None:
    if section is None:
        return None
    return CustomerRule(frozenset(section.tags), section.lifetime_value, frozenset(section.accounts))


def _buying(section: BuyingIntent | None) -> BuyingRule | None:
    return BuyingRule(section.cart_value, section.qualified) if section else None
