"""What is detected before an event is queued: signals in every configured language, and the language."""

from dataclasses import dataclass, field

import pytest

from bridge.domain.events import CustomerWrote, Event, Outcome, OutcomeKind
from bridge.domain.ids import ConversationId
from bridge.domain.signals import available_languages, load_packs
from bridge.fanout import LocalFanout
from bridge.language import LanguageDetector
from bridge.ports import Settled
from bridge.router import Router
from tests.core.surroundings import TENANT, FixedClock, OneTenant
from tests.domain.play import tenant


@dataclass
class Kept:
    events: list[CustomerWrote] = field(default_factory=list)

    async def record(self, event: Event, settled: Settled | None = None) -> Outcome:
        assert isinstance(event, CustomerWrote)
        self.events.append(event)
        return Outcome(OutcomeKind.RECORDED)


async def detected(text: str, *languages: str) -> CustomerWrote:
    kept = Kept()
    directory = OneTenant(tenant(languages=languages))
    packs = load_packs(available_languages())
    router = Router(kept, directory, None, LocalFanout(), packs, LanguageDetector())  # type: ignore[arg-type]
    now = FixedClock().now()
    await router.receive(
        CustomerWrote(tenant=TENANT, conversation=ConversationId("a" * 32), text=text, at=now)
    )
    return kept.events[0]


@pytest.mark.parametrize("languages", [("en-GB",), ("en-GB", "es-MX"), ("pt-BR", "en"), ("xx", "en-US")])
async def test_a_person_is_heard_whatever_the_region(languages: tuple[str, ...]) -> None:
    event = await detected("I want to talk to a human being", *languages)
    assert [s.name for s in event.signals] == ["person_request"]


@pytest.mark.parametrize(
    ("text", "languages", "expected"),
    [
        ("¿Dónde está mi pedido, por favor?", ("en-GB", "es-MX"), "es-MX"),
        ("Onde está a minha encomenda, por favor?", ("en", "pt-BR"), "pt-BR"),
        ("Wo ist meine Bestellung geblieben?", ("en", "es", "de"), "de"),
        ("ok", ("en", "es", "de"), ""),
        ("Where is my order please?", ("en",), ""),
        ("¿Dónde está mi pedido?", ("xx", "en"), ""),
    ],
)
async def test_the_language_is_one_of_the_tenants_or_undecided(
    text: str, languages: tuple[str, ...], expected: str
) -> None:
    assert (await detected(text, *languages)).language == expected


@pytest.mark.parametrize(("text", "reply"), [("sí, por favor", "yes"), ("nein danke", "no"), ("hm", None)])
async def test_an_answer_to_an_offer_is_read_in_any_language(text: str, reply: str | None) -> None:
    assert (await detected(text, "en", "es", "de")).reply == reply
