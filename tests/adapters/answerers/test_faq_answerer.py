"""What the FAQ answerer says, turn by turn, for the sample tenant."""

import statistics
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import yaml

from adapters.answerers.faq import FaqAnswerer, Settings, load
from bridge.domain.model import Answer, Said, ToolFailure, Turn
from tests.adapters.answerers.test_faq_tools import DEMO, Client, Shop

FAQ = Path(__file__).parents[3] / "bridge" / "demo" / "tenant" / "faq"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
THRESHOLD = 0.80


def turn(*said: tuple[str, str] | str, language: str = "en") -> Turn:
    """The messages, oldest first; a plain string is the customer's."""
    pairs = [("customer", one) if isinstance(one, str) else one for one in said]
    messages = tuple(
        Said(author, author.title(), text, NOON + timedelta(seconds=n))
        for n, (author, text) in enumerate(pairs)
    )
    return Turn("acme", "c1", 1, language, {}, messages)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    await shop.server.start_server()
    yield shop
    await shop.server.close()


@pytest.fixture
async def acme(shop: Shop) -> AsyncIterator[FaqAnswerer]:
    tool = {**yaml.safe_load(DEMO.read_text("utf-8"))["tool"], "url": shop.url("/orders")}
    settings = Settings.model_validate({"kind": "faq", "folder": str(FAQ), "tools": [tool]})
    async with aiohttp.ClientSession() as session:
        yield load(settings, languages=["en", "es", "de"], fetch=Client(session))


async def answered(acme: FaqAnswerer, asked: Turn) -> Answer:
    answer = await acme.answer(asked, key="k")
    assert isinstance(answer, Answer)
    assert answer.confidence is not None
    return answer


async def test_a_plain_question_gets_the_entry_with_its_source(acme: FaqAnswerer) -> None:
    answer = await answered(acme, turn("How long does delivery take?"))
    assert answer.text.startswith("Standard delivery takes 2 to 4 working days")
    assert answer.confidence is not None
    assert answer.confidence >= THRESHOLD
    assert answer.citations[0].title
    assert answer.intent
    assert answer.intent.want == "How long does delivery take?"
    assert "'How long does delivery take?' " in answer.reasoning
    assert "Word for word" in answer.reasoning
    assert answer.suggestion == ""


async def test_the_reasoning_says_what_the_confidence_is_made_of(acme: FaqAnswerer) -> None:
    answer = await answered(acme, turn("do you repair parachutes?"))
    assert "of the question's weight is in the entry" in answer.reasoning
    assert "Unknown: parachut." in answer.reasoning
    assert f"Confidence {answer.confidence:.2f}." in answer.reasoning


async def test_what_the_folder_does_not_know_is_never_answered_surely(acme: FaqAnswerer) -> None:
    for text in ("do you sell kayaks", "what's the capital of Australia", "asdf qwer", "?"):
        answer = await answered(acme, turn(text))
        assert answer.confidence is not None
        assert answer.confidence < 0.5, text
    assert answer.text == "I could not find an answer to that. Could you say it in other words?"
    assert answer.citations == ()


async def test_a_doubtful_answer_is_a_suggestion_for_the_agent(acme: FaqAnswerer) -> None:
    answer = await answered(acme, turn("do you rent tents and what do they cost"))
    assert answer.confidence is not None
    assert 0.3 <= answer.confidence < THRESHOLD
    assert answer.suggestion == answer.text


async def test_only_what_came_after_the_last_answer_is_asked(acme: FaqAnswerer) -> None:
    for author in ("assistant", "agent"):
        answer = await answered(
            acme, turn("do you repair gear?", (author, "Yes, we do."), "what are your opening hours?")
        )
        assert answer.text.startswith("Our stores are open Monday to Saturday")


async def test_a_burst_is_one_question(acme: FaqAnswerer) -> None:
    answer = await answered(acme, turn("hi", "which payment methods", "do you accept", ("system", "Notice")))
    assert answer.text.startswith("We accept Visa")
    assert answer.confidence is not None
    assert answer.confidence >= THRESHOLD


async def test_two_plain_questions_in_one_turn_are_both_answered(acme: FaqAnswerer) -> None:
    answer = await answered(acme, turn("How much does delivery cost? And what are your opening hours?"))
    assert "free from 60 €" in answer.text
    assert "10:00 to 20:30" in answer.text
    assert len(answer.citations) == 2


async def test_a_follow_up_is_read_with_the_message_before(acme: FaqAnswerer) -> None:
    answer = await answered(
        acme, turn("How do I wash a down jacket?", ("assistant", "At 30 °C."), "and a sleeping bag?")
    )
    assert answer.text.startswith("Use a front-loading machine")
    assert "follow-up" in answer.reasoning


async def test_a_follow_up_whose_news_is_not_in_the_answer_is_not_sure(acme: FaqAnswerer) -> None:
    answer = await answered(acme, turn("how much is delivery?", ("assistant", "4.90 €."), "and express?"))
    assert answer.confidence is not None
    assert answer.confidence <= 0.5


async def test_a_follow_up_with_a_topic_of_its_own_stands_alone(acme: FaqAnswerer) -> None:
    answer = await answered(acme, turn("do you repair tents?", ("assistant", "Yes."), "and opening hours?"))
    assert answer.text.startswith("Our stores are open")


async def test_one_word_is_a_topic_and_not_a_question(acme: FaqAnswerer) -> None:
    for text in ("boots", "tent?", "what do you sell", "Switzerland"):
        answer = await answered(acme, turn(text))
        assert answer.confidence is not None
        assert answer.confidence < THRESHOLD, text


async def test_the_same_answer_twice_is_not_sure(acme: FaqAnswerer) -> None:
    first = await answered(acme, turn("How do I reset my password?"))
    again = await answered(
        acme, turn("How do I reset my password?", ("assistant", first.text), "how do i reset my password?!")
    )
    assert again.confidence is not None
    assert again.confidence <= 0.5
    assert "given just before" in again.reasoning


@pytest.mark.parametrize(
    ("text", "language", "begins"),
    [
        ("hi!", "en", "Hello!"),
        ("thanks a lot", "en", "You're welcome"),
        ("¡Gracias!", "es", "¡De nada!"),
        ("Hallo", "de", "Hallo!"),
        ("hola", "en", "¡Hola!"),
    ],
)
async def test_small_talk_is_answered_and_no_person_is_offered(
    acme: FaqAnswerer, text: str, language: str, begins: str
) -> None:
    answer = await answered(acme, turn(text, language=language))
    assert answer.text.startswith(begins)
    assert answer.confidence is not None
    assert answer.confidence >= 0.9


async def test_an_answer_comes_in_the_customers_language(acme: FaqAnswerer) -> None:
    spanish = await answered(acme, turn("¿Cuál es vuestro horario?", language="es-MX"))
    assert spanish.text.startswith("Las tiendas abren")
    german = await answered(acme, turn("Was kostet der Versand?", language="de"))
    assert german.text.startswith("Ab 60 €")


async def test_where_is_my_order_calls_the_tool_and_is_sure(acme: FaqAnswerer, shop: Shop) -> None:
    answer = await answered(acme, turn("where is my order AC-1042?"))
    assert shop.asked == [{"number": "AC-1042"}]
    assert answer.text == "Your order AC-1042 is on its way with SEUR and should arrive on 24 November."
    assert answer.confidence is not None
    assert answer.confidence >= THRESHOLD
    (call,) = answer.tool_calls
    assert (call.name, call.ok, call.arguments) == ("order_status", True, {"number": "AC-1042"})
    assert answer.intent
    assert answer.intent.want == "where is my order AC-1042?"


async def test_asked_for_the_number_and_told_it_the_tool_is_called(acme: FaqAnswerer, shop: Shop) -> None:
    first = await answered(acme, turn("where is my order?"))
    assert "order number" in first.text
    answer = await answered(acme, turn("where is my order?", ("assistant", first.text), "it's AC-1043"))
    assert answer.text == "Your order AC-1043 is packed."


async def test_a_failing_order_is_a_tool_failure_and_nothing_is_said(acme: FaqAnswerer) -> None:
    failure = await acme.answer(turn("where is my order AC-9999?"), key="k")
    assert isinstance(failure, ToolFailure)
    assert failure.why == "The look-up order_status answered with status 500."
    (call,) = failure.tool_calls
    assert (call.name, call.ok, call.error) == ("order_status", False, "answered with status 500")
    assert failure.withheld == ""


async def test_one_failing_order_of_two_fails_the_turn(acme: FaqAnswerer) -> None:
    failure = await acme.answer(turn("where are AC-1042 and AC-9999?"), key="k")
    assert isinstance(failure, ToolFailure)
    assert [call.ok for call in failure.tool_calls] == [True, False]


async def test_more_orders_than_are_looked_up_are_not_a_sure_answer(acme: FaqAnswerer, shop: Shop) -> None:
    ORDER = "AC-1042 AC-1043 AC1042 AC1043"
    shop_orders = await acme.answer(turn(f"where are {ORDER}"), key="k")
    assert isinstance(shop_orders, ToolFailure | Answer)
    assert len(shop.asked) <= 3
    assert not (isinstance(shop_orders, Answer) and (shop_orders.confidence or 0) > 0.5)


async def test_a_turn_without_customer_words_is_not_answered(acme: FaqAnswerer) -> None:
    for empty in (turn(), turn(("assistant", "Hello!")), turn("   ")):
        answer = await answered(acme, empty)
        assert answer.confidence is not None
        assert answer.confidence < 0.1


async def test_a_huge_message_is_read_in_bounded_time(acme: FaqAnswerer) -> None:
    begun = time.perf_counter()
    await answered(acme, turn("where is AC-10 my parcel? " * 5_000))
    assert time.perf_counter() - begun < 0.5


async def test_an_answer_takes_less_than_five_milliseconds(acme: FaqAnswerer) -> None:
    questions = [
        turn(text)
        for text in ("how long is delivery", "can i pay with klarna?", "my tent pole snapped", "hi")
    ]
    taken = []
    for _ in range(25):
        for question in questions:
            begun = time.perf_counter()
            await acme.answer(question, key="k")
            taken.append(time.perf_counter() - begun)
    assert statistics.median(taken) < 0.005
