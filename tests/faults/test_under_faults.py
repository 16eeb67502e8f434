"""What networks do to the connections to the database, Slack and the AI, and what holds all the same."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.desks.slack.adapter import Adapter as SlackDesk
from bridge.dispatcher import dispatcher
from bridge.store import engine
from tests.faults.besieged import Besieged
from tests.faults.proxy import AnswerLost, Drip, Fault, HalfOpen, Latency, Reset, Truncated
from tests.walk.house import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for in seconds is waited for in tenths of them."""
    monkeypatch.setattr(dispatcher, "FIRST_BACKOFF", 0.1)


@pytest.fixture
async def house(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Besieged]:
    made = Besieged(tmp_path, database_url)
    await made.open()
    monkeypatch.setattr(engine, "WAIT_SECONDS", 1)
    made.service.database.lines.close()  # the next ones are that impatient
    slack = made.service.desks["slack"]
    assert isinstance(slack, SlackDesk)
    slack._api._timeout = 0.5
    yield made
    await made.close()


def name(fault: Fault) -> str:
    return type(fault).__name__


# ---- before the database

COMMITS = [kind(at=b"COMMIT") for kind in (Latency, Reset, HalfOpen, Truncated, Drip, AnswerLost)]


async def insists(visitor: Visitor, text: str, id: str) -> list[int]:
    """Sends one message until it is acknowledged, as the widget does; the statuses on the way."""
    statuses: list[int] = []
    async with asyncio.timeout(30):
        while not statuses or statuses[-1] >= 300:
            statuses.append((await visitor.posts(text, id))[0])
    return statuses


@pytest.mark.parametrize("fault", COMMITS, ids=name)
async def test_a_commit_that_meets_a_fault_is_acknowledged_only_when_it_is_there(
    house: Besieged, fault: Fault
) -> None:
    visitor = await house.visitor()
    house.to_database.then(fault)
    statuses = await insists(visitor, "hello", str(uuid.uuid4()))
    assert house.to_database.struck == [name(fault)]
    assert set(statuses[:-1]) <= {503}
    assert statuses[-1] in (200, 202)
    await house.settle()
    assert await visitor.reads() == ["hello", "You asked: hello"]


@pytest.mark.parametrize("fault", COMMITS, ids=name)
async def test_an_answer_whose_commit_meets_a_fault_is_given_once_and_left_once(
    house: Besieged, fault: Fault
) -> None:
    gate = house.ai.hold("At nine.")
    visitor = await house.visitor()
    await visitor.posts("when do you open?")
    await house.ai.until_asked(1)
    await house.service.recorder.drained()
    house.to_database.then(fault)
    gate.set()
    await house.settle()
    assert house.to_database.quiet
    assert await visitor.reads() == ["when do you open?", "At nine."]
    assert len(house.ai.asked) == 1


@pytest.mark.parametrize("fault", COMMITS, ids=name)
async def test_a_handoff_by_the_ai_whose_commit_meets_a_fault_is_one_handoff_with_one_draft(
    house: Besieged, fault: Fault
) -> None:
    gate = house.ai.hold("I am not sure.", handoff={"reason": "policy", "summary": "wants an exception"})
    visitor = await house.visitor()
    await visitor.posts("can I have an exception?")
    await house.ai.until_asked(1)
    await house.service.recorder.drained()
    house.to_database.then(fault)
    gate.set()
    await house.settle()
    assert (await visitor.state())["mode"] == "waiting"
    assert len(house.slack.cards()) == 1
    assert [m for m in house.slack.thread(house.slack.card()) if "I am not sure." in m.words] == []
    actions = [row["action"] for row in await house.audit(visitor.conversation)]
    assert actions.count("handoff") == 1


async def test_16_a_database_that_goes_away_and_comes_back(house: Besieged) -> None:
    visitor = await house.visitor()
    house.to_database.down()
    id = str(uuid.uuid4())
    assert (await visitor.posts("hello", id))[0] == 503
    assert (await house.get("/healthz"))[0] == 200
    await house.until_it_is(lambda: house.get("/readyz"), lambda answer: answer[0] == 503)
    house.to_database.up()
    await insists(visitor, "hello", id)
    await house.until_it_is(lambda: house.get("/readyz"), lambda answer: answer[0] == 200)
    await house.settle()
    assert await visitor.reads() == ["hello", "You asked: hello"]


async def test_a_database_that_is_away_while_a_card_is_on_the_wire(house: Besieged) -> None:
    """What was done is marked when the database is back, and not done again."""
    visitor = await house.visitor()
    house.to_slack.then(Latency(at=b"chat.postMessage", seconds=0.2))
    await visitor.posts("let me talk to a human")
    await house.until(house.slack.cards)
    house.to_database.down()
    await house.until(house.service.recorder.unmarked)
    house.to_database.up()
    await house.settle()
    assert len(house.slack.called("chat.postMessage")) == 1
    await house.slack.press("claim", house.slack.card())
    await house.settle()
    assert (await visitor.state())["mode"] == "human"


# ---- before Slack

POSTS = [kind(at=b"chat.postMessage") for kind in (Latency, Reset, HalfOpen, Truncated, Drip, AnswerLost)]


@pytest.mark.parametrize("fault", POSTS, ids=name)
async def test_a_card_whose_post_meets_a_fault_is_posted_once(house: Besieged, fault: Fault) -> None:
    visitor = await house.visitor()
    house.to_slack.then(fault)
    await visitor.posts("let me talk to a human")
    await house.settle()
    assert house.to_slack.struck == [name(fault)]
    assert len(house.slack.cards()) == 1
    await house.slack.press("claim", house.slack.card())
    await house.settle()
    assert (await visitor.state())["mode"] == "human"


@pytest.mark.parametrize("fault", POSTS, ids=name)
async def test_lines_of_a_thread_that_meet_a_fault_stand_there_once_and_in_order(
    house: Besieged, fault: Fault
) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    await house.slack.press("claim", house.slack.card())
    await house.settle()
    house.to_slack.then(fault)
    said = [f"line {n}" for n in range(3)]
    for each in said:
        await visitor.posts(each)
    await house.settle()
    thread = [m.words for m in house.slack.thread(house.slack.card()) if "line " in m.words]
    assert [words.splitlines()[-1].strip() for words in thread] == said


# ---- before the AI

ASKS = [kind(at=b"POST") for kind in (Latency, Reset, HalfOpen, Truncated, Drip, AnswerLost)]


@pytest.mark.parametrize("fault", ASKS, ids=name)
async def test_an_ai_that_meets_a_fault_answers_or_hands_off_and_never_half(
    house: Besieged, fault: Fault
) -> None:
    visitor = await house.visitor()
    house.to_ai.then(fault)
    house.ai.say("We open at nine.")
    await visitor.posts("when do you open?")
    await house.settle()
    read = (await visitor.reads())[1:]
    if (await visitor.state())["mode"] == "assistant":
        assert read == ["We open at nine."]
    else:
        assert "We open at nine." not in read
        assert len(house.slack.cards()) == 1


async def test_a_stream_shows_what_was_committed_without_an_answer(house: Besieged) -> None:
    visitor = await house.visitor()
    await visitor.says("hello")
    house.to_database.then(AnswerLost(at=b"COMMIT"))
    id = str(uuid.uuid4())
    assert (await visitor.posts("and another thing", id))[0] == 503
    assert "and another thing" in await visitor.reads()
