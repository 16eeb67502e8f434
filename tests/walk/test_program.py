"""The program judged from outside: commands by what they print and how they end, `serve` over HTTP."""

import asyncio
import json
import re
import shutil
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.databases import BACKENDS, Server
from tests.fakes.customer_side import raw, status
from tests.fakes.slack import TOKEN
from tests.walk.program_house import Program, Visitor, identity, next_event

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BACKENDS)
async def program(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Program]:
    """`serve` on each kind of database, shared: every test brings customers of its own."""
    folder = tmp_path_factory.mktemp("program")
    async with Program(folder, _copied(request, folder)) as running:
        await running.begin()
        await running.serve()
        yield running


def _copied(request: pytest.FixtureRequest, folder: Path) -> str:
    """The address of a migrated, empty database, dropped when the tests of its kind are over."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "bridge.db")
        return f"sqlite:///{folder / 'bridge.db'}"
    server: Server = request.getfixturevalue("postgresql_server")
    name = server.create(request.getfixturevalue("postgresql_template"))
    request.addfinalizer(partial(server.drop, name))
    return server.address(name)


def named(words: str = "Customer") -> str:
    """A name that no other test's customer has: cards are found by it."""
    return f"{words} {uuid.uuid4().hex[:8]}"


async def waiting(program: Program, name: str, text: str = "I want a refund") -> Visitor:
    visitor = await program.visitor(customer={"name": name})
    await visitor.says(text)
    await visitor.until_mode("waiting")
    return visitor


# ---- the commands


async def test_from_init_to_a_stored_tenant(tmp_path: Path) -> None:
    async with Program(tmp_path, "sqlite:///var/bridge.db") as program:
        await program.begin()
        assert (await program.run("check")).code == 0
        assert (await program.run("migrate")).said.startswith("ok: ")
        asked = await program.run("check", "--online")
        assert (asked.code, asked.err) == (0, "")
        assert "version 1" in (await program.run("tenant", "apply", "tenants/acme.yaml")).out
        assert (await program.run("tenant", "list")).out.splitlines()[-1].split()[:2] == ["acme", "1"]
        program.slack.tokens.clear()
        program.ai.then(status(500))
        broken = await program.run("check", "--online")
        assert broken.code == 1
        assert [line.split(": ")[1] for line in broken.out.splitlines()] == ["desks.support", "answerer"]
        assert (await program.run("init")).code == 2


@pytest.mark.parametrize("bare_database_url", ["postgresql"], indirect=True)
async def test_serve_refuses_a_database_that_nobody_migrated(tmp_path: Path, bare_database_url: str) -> None:
    async with Program(tmp_path, bare_database_url) as program:
        await program.begin()
        refused = await program.run("serve")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.splitlines() == [refused.err.strip()]
    assert "run: handoff-bridge migrate" in refused.err


async def test_config_is_named_before_or_after_a_command_or_by_the_environment(tmp_path: Path) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    away.mkdir()
    program = Program(tmp_path, "")
    config = home / "bridge.yaml"
    assert (await program.run("init", home)).code == 0
    ends = await asyncio.gather(
        program.run("--config", config, "check", cwd=away),
        program.run("check", "--config", config, cwd=away),
        program.run("check", cwd=away, BRIDGE_CONFIG=str(config)),
        program.run("check", cwd=away),
    )
    assert [end.code for end in ends] == [0, 0, 0, 2]
    assert "--config FILE" in ends[3].err


async def test_wrong_use_and_findings_are_one_line_each(tmp_path: Path) -> None:
    program = Program(tmp_path, "")
    assert (await program.run("init")).code == 0
    settings = tmp_path / "tenants/acme.yaml"
    settings.write_text(settings.read_text("utf-8") + "pagse: {claim_lease: 20m}\n", "utf-8")
    wrong = [(), ("sevre",), ("tenant", "apply", "none.yaml")]
    *used, found = await asyncio.gather(*(program.run(*args) for args in wrong), program.run("check"))
    for end in used:
        assert (end.code, end.out) == (2, "")
        assert end.err.count("\n") == 1, end.err
    assert (found.code, found.err) == (1, "")
    [line] = found.out.splitlines()
    assert re.match(r"\S*acme\.yaml:\d+: pagse: .*did you mean pages\?", line), line


async def test_detect_writes_one_line_of_json_for_one_line_of_json(tmp_path: Path) -> None:
    lines = [
        {"text": "I want my money back, let me talk to a human", "lang": "en", "id": "a"},
        {"text": "Quiero hablar con una persona", "id": "b"},
        {"text": "do you ship to Spain?"},
    ]
    given = "".join(json.dumps(line) + "\n" for line in lines)
    done = await Program(tmp_path, "").run("detect", stdin=given)
    assert (done.code, done.err) == (0, "")
    found = [json.loads(line) for line in done.out.splitlines()]
    assert [set(each) for each in found] == [{"id", "lang", "signals"}] * 3
    assert [each["id"] for each in found] == ["a", "b", None]
    names = [[signal["name"] for signal in each["signals"]] for each in found]
    assert names == [["person_request", "refund"], ["person_request"], []]
    for line, each in zip(lines, found, strict=True):
        for signal in each["signals"]:
            assert set(signal) == {"name", "evidence"}
            assert signal["evidence"] in str(line["text"])


async def test_the_manifest_of_this_address(tmp_path: Path) -> None:
    program = Program(tmp_path, "")
    url = "https://bridge.example.com"
    printed, written = await asyncio.gather(
        program.run("manifest", "slack", "--url", url),
        program.run("manifest", "slack", "--url", url, "--out", "made"),
    )
    assert (printed.code, printed.err, written.code) == (0, "", 0)
    [file] = (tmp_path / "made").glob("*.json")
    manifest = json.loads(printed.out)
    assert json.loads(file.read_text("utf-8")) == manifest
    assert manifest["settings"]["interactivity"]["request_url"] == f"{url}/slack/events"
    assert manifest["settings"]["event_subscriptions"]["request_url"] == f"{url}/slack/events"


# ---- the service


async def test_probes_figures_and_errors(program: Program) -> None:
    assert (await program.get("/healthz"))[0] == 200
    assert (await program.get("/readyz"))[0] == 200
    assert (await program.get("/metrics"))[0] == 401
    assert (await program.get("/metrics", Authorization=f"Bearer {program.admin}"))[0] == 200
    assert (await program.get("/transcripts/acme.forged"))[0] == 404
    for path, expected in (
        ("/webchat/acme/web/messages", 401),
        ("/webchat/nobody/web/messages", 401),
        ("/webchat/nobody/web/sessions", 404),
        ("/channels/nobody/api", 401),
        ("/slack/events", 401),
        ("/nothing", 404),
    ):
        answer, body = await program.post(path, {})
        assert answer == expected, path
        assert set(body["error"]) == {"code", "message"}


async def test_a_chat_is_resumed_where_it_was_left(program: Program) -> None:
    visitor = await program.visitor()
    stream = await visitor.stream()
    await visitor.says("hello")
    seen: list[dict[str, Any]] = []
    while len(seen) < 3:
        event = await next_event(stream)
        assert event is not None
        seen += [event] if event["event"] != "typing" else []
    assert [event["event"] for event in seen] == ["state", "message", "message"]
    assert [int(event["id"]) for event in seen] == [event["data"]["seq"] for event in seen]
    stream.close()
    _, asked, answered = seen
    for resumed in (True, False):
        again = await visitor.stream(int(asked["id"]), resumed=resumed)
        assert await next_event(again) == answered
        again.close()
    page = await visitor.page(int(asked["id"]))
    assert page["events"] == [{**answered, "id": int(answered["id"])}]
    assert page["next"] == int(answered["id"])


async def test_the_same_message_again_has_the_same_number(program: Program) -> None:
    visitor = await program.visitor()
    id = str(uuid.uuid4())
    answers = [await visitor.posts("only once", id) for _ in range(3)]
    assert [code for code, _ in answers] == [202, 200, 200]
    assert len({body["seq"] for _, body in answers}) == 1
    await visitor.until_reads("You asked: only once")
    assert (await visitor.reads()).count("only once") == 1


async def test_only_a_signed_identity_makes_a_valued_customer(program: Program) -> None:
    soon, past = int(time.time()) + 600, int(time.time()) - 1
    forged = {
        "expired": identity(exp=past, tags=["vip"]),
        "wrong secret": identity("another-secret-for-tests-of-32-bytes!", exp=soon),
        "unsigned": identity(algorithm="none"),
        "garbage": "a.b.c",
    }
    for why, token in forged.items():
        refused, body = await program.post("/webchat/acme/web/sessions", {"identity": token})
        assert (refused, body["error"]["code"]) == (401, "unauthorized"), why
    claimed = await program.visitor(customer={"name": named(), "tags": ["vip"], "lifetime_value": 99_999})
    await claimed.says("hello")
    await claimed.until_reads("You asked: hello")
    name = named("Vera")
    signed = await program.visitor(identity=identity(name=name, tags=["vip"], lifetime_value=12))
    await signed.says("good evening")
    await signed.until_mode("waiting")
    assert "good evening" not in [asked["messages"][-1]["text"] for asked in program.ai.asked]
    assert "vip" in (await program.card(name)).words


async def test_an_unsure_answer_is_an_offer_that_buttons_and_words_answer(program: Program) -> None:
    for accepts in (True, False):
        for in_words in (True, False):
            visitor = await program.visitor()
            program.ai.say("Tents float.", confidence=0.2)
            await visitor.says("do tents float?")
            await visitor.until_offered()
            assert (await visitor.state())["offer"] == {"kind": "person"}
            if in_words:
                await visitor.says("yes please" if accepts else "no thanks")
            else:
                assert await visitor.signals(offer="accept" if accepts else "decline") == 202
            if accepts:
                await visitor.until_mode("waiting")
            else:
                await program.until(_no_longer_offered(visitor))
                assert (await visitor.state())["mode"] == "assistant"
                assert len(await visitor.reads("assistant")) == 2, "the offer, and a question"
            assert await visitor.signals(offer="accept") == 409
            assert "Tents float." not in await visitor.reads()


async def test_a_full_cart_acts_with_the_next_message_or_after_an_answer(program: Program) -> None:
    early = await program.visitor()
    assert await early.signals(cart_value=640) == 202
    assert (await early.state())["mode"] == "assistant"
    await early.says("hello")
    await early.until_mode("waiting")
    late = await program.visitor()
    await late.says("hello")
    await late.until_reads("You asked: hello")
    assert await late.signals(cart_value=499) == 202
    assert (await late.state())["mode"] == "assistant"
    assert await late.signals(cart_value=640) == 202
    assert (await late.state())["mode"] == "waiting"
    wrong: list[dict[str, Any]] = [
        {"cart_value": -1},
        {"cart_value": "640"},
        {"typing": "yes"},
        {"callback": "2026-01-01T00:00:00+00:00"},
        {"unknown": 1},
        {},
    ]
    for signal in wrong:
        assert 400 <= await late.signals(**signal) < 500, signal


async def test_the_signed_webhook_in_every_type(program: Program) -> None:
    conversation, name = named("order"), named()
    way_in = f"{program.url}/channels/acme/api"
    shop = program.shop
    customer = {"id": "c-1", "name": name, "language": "en", "lifetime_value": 10}
    hello = {"type": "message", "conversation": conversation, "text": "hello", "customer": customer}
    first = f"msg_{uuid.uuid4().hex}"
    assert [(await shop.post(way_in, hello, id=first))[0] for _ in range(3)] == [202] * 3
    await shop.until(lambda: shop.texts(conversation) == ["You asked: hello"])
    [sent] = shop.messages(conversation)
    assert set(sent) == {"type", "conversation", "seq", "author", "name", "text", "at"}

    program.ai.say("Perhaps.", confidence=0.1)
    assert await shop.write(way_in, conversation, "does it fit?") == 202
    await shop.until(lambda: bool(shop.states(conversation)))
    assert shop.states(conversation) == [
        {"type": "state", "conversation": conversation, "mode": "assistant", "offer": {"kind": "person"}}
    ]
    offer = {"type": "offer", "conversation": conversation, "answer": "decline"}
    assert (await shop.post(way_in, offer))[0] == 202
    assert (await shop.post(way_in, offer))[0] == 409
    assert (await shop.post(way_in, {"type": "person", "conversation": conversation}))[0] == 202
    card = await program.card(name)
    assert (await shop.post(way_in, {"type": "close", "conversation": conversation}))[0] == 202
    await shop.until(lambda: shop.states(conversation)[-1]["mode"] == "closed")
    await program.until(lambda: not card.buttons)
    assert "Perhaps." not in shop.texts(conversation)
    assert shop.refused == []


async def test_forged_and_stale_requests_change_nothing(program: Program) -> None:
    shop, conversation = program.shop, named("order")
    body = json.dumps({"type": "message", "conversation": conversation, "text": "hello"}).encode()
    now = datetime.now(UTC)
    headers: list[tuple[str, dict[str, str], bytes]] = [
        ("nothing signed", {}, body),
        ("another body", shop.signed(body), body.replace(b"hello", b"HELLO")),
        ("too old", shop.signed(body, at=now - timedelta(minutes=6)), body),
        ("too early", shop.signed(body, at=now + timedelta(minutes=6)), body),
    ]
    for why, head, sent in headers:
        async with program.http.post(f"{program.url}/channels/acme/api", data=sent, headers=head) as response:
            assert response.status == 401, why
    slack = program.slack
    assert (await slack.deliver(b"{}", "application/json", signature="v0=00")).status == 401
    assert (
        await slack.deliver(b"{}", "application/json", timestamp=str(int(time.time()) - 400))
    ).status == 401
    assert (await shop.post(f"{program.url}/channels/acme/api", {"type": "message"}))[0] == 400
    assert conversation not in [asked["conversation"] for asked in program.ai.asked]


async def test_the_ai_is_asked_as_published(program: Program) -> None:
    name = named("María")
    visitor = await program.visitor(customer={"name": name, "language": "es", "timezone": "Europe/Madrid"})
    await visitor.says("hola")
    await visitor.until_reads("You asked: hola")
    [asked] = [each for each in program.ai.asked if each["customer"].get("name") == name]
    assert set(asked) == {"tenant", "conversation", "turn", "language", "customer", "messages"}
    assert (asked["tenant"], asked["conversation"], asked["language"]) == ("acme", visitor.conversation, "es")
    assert asked["turn"] == 1
    [said] = asked["messages"]
    assert set(said) == {"author", "name", "text", "at"}
    assert (said["author"], said["name"], said["text"]) == ("customer", name, "hola")
    assert datetime.fromisoformat(said["at"]).tzinfo is not None
    assert program.ai.refused == []


async def test_an_ai_that_fails_hands_off_and_nothing_of_it_is_sent(program: Program) -> None:
    failed = b'{"text": "Tomorrow.", "confidence": 1, "tool_calls": [{"name": "orders", "ok": false}]}'
    for failure in (status(500), status(204), raw(b"not json"), raw(b"[]"), raw(b"{}"), raw(failed)):
        program.ai.then(failure)
        visitor = await program.visitor()
        await visitor.says("where is my order?")
        await visitor.until_mode("waiting")
        assert await visitor.reads("assistant") == []
        assert len(await visitor.reads("system")) == 1, "the customer is told"


async def test_a_handoff_in_slack_from_card_to_release(program: Program) -> None:
    slack, name = program.slack, named("Rita")
    visitor = await waiting(program, name)
    card = await program.card(name)
    assert card.buttons == ["claim", "send_suggested", "edit_suggested", "release"]
    assert card.metadata is not None
    assert card.metadata["event_type"] == "handoff_card"
    values = [json.loads(card.value(button)) for button in card.buttons]
    assert all(set(value) == {"handoff", "epoch"} for value in values)
    old = card.value("claim")

    presses = await asyncio.gather(*(slack.press("claim", card, user=user) for user in ("U1", "U2")))
    assert [press.status for press in presses] == [200, 200]
    await visitor.until_mode("human")
    owner = "U1" if (await visitor.state())["agent"] == "Ana Ruiz" else "U2"
    other = "U2" if owner == "U1" else "U1"
    await program.until(lambda: [w for w in slack.whispered if w.user == other])
    await program.until(lambda: card.buttons == ["send_suggested", "edit_suggested", "release"])

    slack.whispered.clear()
    await slack.write_in_thread(card, "// she is a regular", user=owner)
    await slack.write_in_thread(card, "ask for the order", user=other)
    await slack.write_in_thread(card, "Hello Rita & co", user=owner)
    await slack.resend()
    await visitor.until_reads("Hello Rita & co")
    await program.until(lambda: [w for w in slack.whispered if w.user == other])
    await slack.press("claim", card, user=other, value=old)
    await visitor.says("my tent pole broke")
    await program.until(lambda: any("my tent pole broke" in m.words for m in slack.thread(card)))

    shown = len(slack.views)
    await slack.press("edit_suggested", card, user=owner)
    await program.until(lambda: len(slack.views) > shown)
    view = slack.views[-1]
    assert view["callback_id"] == "edit_suggested"
    for _ in range(2):
        assert (await slack.submit_modal(view, {"reply": "I am on it."}, user=owner)).status == 200
    await slack.press("release", card, user=owner)
    await visitor.until_mode("assistant")
    await program.until(lambda: card.buttons == [])
    assert await visitor.reads("agent") == ["Hello Rita & co", "I am on it."]

    await visitor.says("and the opening hours?")
    await visitor.until_reads("You asked: and the opening hours?")
    asked = [each for each in program.ai.asked if each["conversation"] == visitor.conversation]
    assert set(asked[-1]["human_stretch"]) == {"agent", "from", "to", "note"}


async def test_send_suggested_pressed_by_two_at_once_is_sent_once(program: Program) -> None:
    name = named("Sid")
    visitor = await waiting(program, name)
    card = await program.card(name)
    value = card.value("send_suggested")
    await asyncio.gather(
        *(program.slack.press("send_suggested", card, user=user, value=value) for user in ("U1", "U2") * 2)
    )
    await visitor.until_mode("human")
    [sent] = await visitor.reads("agent")
    assert sent in card.words or "Sid" in sent


async def test_a_transcript_opens_by_its_link_alone(program: Program) -> None:
    name = named()
    program.ai.say("Tents float.", confidence=0.2, reasoning="A guess.")
    visitor = await program.visitor(customer={"name": name})
    await visitor.says("do tents float?")
    await visitor.until_offered()
    await visitor.says("yes please")
    found = re.search(r"/transcripts/[^|>\s]+", (await program.card(name)).words)
    assert found
    for _ in range(2):
        opened, page = await program.get(found[0])
        assert opened == 200
        assert all(words in page for words in ("Tents float.", "A guess.", "do tents float?"))
    assert (await program.get(found[0][:-4] + "xxxx"))[0] == 404


async def test_what_slack_refuses_is_parked_listed_and_sent_again(program: Program) -> None:
    name = named("Parked")
    program.slack.tokens.clear()
    await waiting(program, name)

    async def parked() -> bool:
        figures = (await program.get("/metrics", Authorization=f"Bearer {program.admin}"))[1]
        return 'bridge_outbox{status="dead"} 0.0' not in figures

    await program.until(parked)
    assert program.cards(name) == []
    listed = await program.run("outbox", "list")
    assert {tuple(row.split()[1:4]) for row in listed.out.splitlines()[1:]} == {
        ("acme", "sync_card", "parked")
    }
    assert "invalid_auth" in listed.out
    program.slack.tokens[TOKEN] = "T000000001"
    done = await program.run("outbox", "retry")
    assert (done.code, done.err) == (0, "")
    await program.card(name)

    async def gone() -> bool:
        return not await parked()

    await program.until(gone)


async def test_applied_settings_are_in_force_without_a_restart(program: Program) -> None:
    applied = await program.run("tenant", "apply", program.write_tenant(name="Acme Mountain"))
    assert "version 2" in applied.out

    async def in_force() -> bool:
        async with program.http.get(f"{program.url}/webchat/acme/web") as response:
            return "Acme Mountain" in await response.text()

    await program.until(in_force)
    rows = [json.loads(line) for line in (await program.run("audit", "export", "acme")).out.splitlines()]
    settings = [row for row in rows if row.get("stream") == "settings"]
    assert [row["n"] for row in settings] == [1, 2]
    assert settings[-1]["actor"].startswith("cli:")


# ---- the end of a process


async def test_no_end_of_the_process_loses_or_repeats_anything(tmp_path: Path, database_url: str) -> None:
    async with Program(tmp_path, database_url) as program:
        await program.begin()
        await program.serve()
        open_streams = [await (await program.visitor()).stream() for _ in range(3)]
        early = await program.visitor()
        await early.says("before the end")
        code, seconds = await program.terminate()
        assert code == 0
        assert seconds < 10
        assert [await _last_of(stream) for stream in open_streams] == [1, 1, 1]

        await program.serve()
        await early.until_reads("You asked: before the end")
        gate = program.ai.hold("Too late.")
        thinking = await program.visitor()
        await thinking.says("a question")
        await program.until(lambda: _asked(program, thinking))
        program.slack.hang("chat.postMessage")
        name, conversation = named("Killed"), named("order")
        paged = await waiting(program, name)
        await program.until(lambda: program.cards(name))
        program.shop.then(program.shop.hang)
        way_in = f"{program.url}/channels/acme/api"
        assert await program.shop.write(way_in, conversation, "hello") == 202
        await program.shop.until(lambda: bool(program.shop.texts(conversation)))
        burst = await asyncio.gather(*(paged.posts(f"line {n}") for n in range(20)))
        await program.kill()
        gate.set()

        await program.serve()
        await thinking.until_reads("You asked: a question")
        await program.until(lambda: _attempts(program, conversation) == 2)
        await program.slack.press("claim", await program.card(name))
        await paged.until_mode("human")
        texts = await paged.reads("customer")
        assert [code for code, _ in burst] == [202] * 20
        assert sorted(texts) == sorted(["I want a refund", *(f"line {n}" for n in range(20))])
        assert await thinking.reads() == ["a question", "You asked: a question"]
        assert program.shop.texts(conversation) == ["You asked: hello"]
        assert len(program.cards(name)) == 1, "a card whose post was uncertain is looked up"
        assert await early.reads() == ["before the end", "You asked: before the end"]
        assert (await program.run("audit", "verify", "acme")).code == 0


async def test_one_changed_byte_is_found_and_named(tmp_path: Path, sqlite_template: Path) -> None:
    file = tmp_path / "bridge.db"
    shutil.copy(sqlite_template, file)
    async with Program(tmp_path, f"sqlite:///{file}") as program:
        await program.begin()
        await program.run("tenant", "apply", "tenants/acme.yaml")
        whole = await program.run("audit", "verify", "acme")
        assert (whole.code, whole.err) == (0, "")
        with sqlite3.connect(file) as database:
            changed = database.execute(
                "UPDATE audit SET after = replace(after, '1', '9') WHERE stream = 'settings' AND n = 1"
            )
        assert changed.rowcount == 1
        broken = await program.run("audit", "verify", "acme")
    assert broken.code == 1
    assert "stream settings, row 1:" in broken.out
    assert broken.said.count("\n") == 1


def _no_longer_offered(visitor: Visitor) -> Any:
    async def gone() -> bool:
        return "offer" not in await visitor.state()

    return gone


def _asked(program: Program, visitor: Visitor) -> bool:
    return visitor.conversation in [asked["conversation"] for asked in program.ai.asked]


def _attempts(program: Program, conversation: str) -> int:
    return len([each for each in program.shop.received if each.body.get("conversation") == conversation])


async def _last_of(stream: Any) -> int:
    """The number of the last event before the stream ended, as it does when the service stops."""
    last = 0
    while event := await next_event(stream):
        last = int(event["id"])
    return last
