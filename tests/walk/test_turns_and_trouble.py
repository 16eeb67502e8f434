"""Bursts, slow and failing AIs, restarts, two tenants: over real HTTP, on both databases."""

import asyncio
import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bridge.domain.ids import TenantId
from bridge.settings import SettingsError
from bridge.store import schema
from bridge.wiring import service
from bridge.wiring.opening import require_schema
from tests.fakes.customer_side import raw, redirect, status
from tests.faults.scenarios.presses import answered_after_the_claim
from tests.walk.house import ADMIN, House


async def test_7_a_burst_is_asked_once_and_answered_once(tmp_path: Path, database_url: str) -> None:
    house = await House(tmp_path, database_url).open(turns={"gather": "400ms"})
    try:
        visitor = await house.visitor()
        for text in ("hello", "my order", "has not come"):
            await visitor.posts(text)
        await house.idle()
        assert len(house.ai.asked) == 1
        assert [m["text"] for m in house.ai.asked[0]["messages"]] == ["hello", "my order", "has not come"]
        assert len(await visitor.reads()) == 4
    finally:
        await house.close()


async def test_7_a_newer_message_supersedes_the_answer_being_thought(house: House) -> None:
    visitor = await house.visitor()
    gate = house.ai.hold("Too early.")
    await visitor.posts("hello")
    await house.ai.until_asked(1)
    house.ai.say("About your order: it left.")
    await visitor.posts("where is my order?")
    await house.idle()
    gate.set()
    await house.idle()
    texts = await visitor.reads()
    assert texts == ["hello", "where is my order?", "About your order: it left."]


async def test_1_an_answer_that_comes_after_the_claim_is_never_sent(house: House) -> None:
    await answered_after_the_claim(house)


@pytest.mark.parametrize(
    "behaviour",
    [status(500), raw(b"not json"), raw(b'{"text": 7}'), redirect("http://127.0.0.1:1/"), raw(b"\xff\xfe")],
    ids=["http-500", "not-json", "wrong-shape", "redirect", "not-utf-8"],
)
async def test_an_ai_that_answers_nonsense_is_a_tool_failure(house: House, behaviour) -> None:  # type: ignore[no-untyped-def]
    house.ai.then(behaviour)
    visitor = await house.visitor()
    told = await visitor.says("is it waterproof?")
    assert (await visitor.state())["mode"] == "waiting"
    assert len(told) == 1
    assert "could not" in house.slack.card().words.lower()


async def test_a_failed_tool_call_hands_off_and_its_answer_stays_inside(house: House) -> None:
    failed = {"name": "orders", "arguments": {"n": "AC-1"}, "ok": False, "error": "HTTP 500"}
    house.ai.say("It comes tomorrow.", confidence=0.99, tool_calls=[failed])
    visitor = await house.visitor()
    await visitor.says("where is my order?")
    assert "It comes tomorrow." not in await visitor.reads()
    assert "orders: HTTP 500" in house.slack.card().words


async def test_what_was_recorded_leaves_after_a_restart_once(house: House) -> None:
    for _ in range(3):
        house.slack.break_down("chat.postMessage")
    visitor = await house.visitor()
    await visitor.posts("let me talk to a human")
    await house.until(lambda: house.slack.called("chat.postMessage") or house.slack._faults)
    await house.stop()
    house.slack._faults.clear()
    await house.start()
    await house.until(lambda: house.slack.cards())
    await house.idle()
    assert len(house.slack.cards()) == 1
    assert (await visitor.reads()).count("let me talk to a human") == 1


async def test_the_same_message_id_again_is_the_same_message(house: House) -> None:
    visitor = await house.visitor()
    id = "4d1c2f0e-8f6a-4d57-9a39-0d4c7d0a3d11"
    answers = await asyncio.gather(*(visitor.posts("hello", id) for _ in range(20)))
    await house.idle()
    assert sorted(status for status, _ in answers) == [200] * 19 + [202]
    assert len({body["seq"] for _, body in answers}) == 1
    assert (await visitor.reads()).count("hello") == 1
    assert len(house.ai.asked) == 1


async def test_one_tenants_token_button_and_link_open_nothing_of_another(
    tmp_path: Path, database_url: str
) -> None:
    house = await House(tmp_path, database_url).open()
    try:
        await house.stop()
        desks = {"support": {"kind": "console", "agents": [{"name": "Gil"}]}}
        other = house.tenant("globex", desks=desks, routing={"desk": "support"})
        (tmp_path / "tenants/globex.yaml").write_text(yaml.safe_dump(other))
        await house.start()
        visitor = await house.visitor()
        await visitor.says("let me talk to a human")
        for path in ("globex/web/events", "acme/api/events", "nobody/web/events"):
            answer, body = await house.get(f"/webchat/{path}", **visitor.headers)
            assert answer == 401, path
            assert json.loads(body)["error"]["code"] == "unauthorized"
        assert await house.service.reads.open_cards(TenantId("globex"), "support") == []
        handoff = house.slack.card().value("claim")
        found = await house.service.reads.find(TenantId("globex"), json.loads(handoff)["handoff"])
        assert found is None
    finally:
        await house.close()


async def test_serve_refuses_an_old_schema_and_names_the_command(
    tmp_path: Path, bare_database_url: str
) -> None:
    house = House(tmp_path, bare_database_url)
    await house.slack.start()
    async with house.shop, house.ai:
        house.write_settings()
    from adapters.registry import Registry
    from bridge.settings import load_installation

    installation = load_installation(tmp_path / "bridge.yaml", Registry(), {})
    with pytest.raises(SettingsError, match="run: handoff-bridge migrate"):
        await require_schema(installation)
    await schema.migrate(bare_database_url)
    await require_schema(installation)
    await house.slack.stop()


async def test_new_settings_apply_without_a_restart(house: House) -> None:
    changed = house.tenant(routing={"desk": "support", "confidence": {"answer_at": 0.99}})
    from bridge.store.tenants import TenantStore

    store = TenantStore(house.service.database)
    await store.apply(TenantId("acme"), yaml.safe_dump(changed), "cli:test", house.clock.now())
    await house.service.tenants.refresh()
    visitor = await house.visitor()
    house.ai.say("Probably.", confidence=0.95)
    assert "Probably." not in await visitor.says("is it waterproof?")


async def test_probes_and_figures(house: House) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    assert (await house.get("/healthz"))[0] == 200
    assert (await house.get("/readyz"))[0] == 200
    assert (await house.get("/metrics"))[0] == 401
    answer, figures = await house.get("/metrics", Authorization=f"Bearer {ADMIN}")
    assert answer == 200
    assert 'bridge_handoffs_total{tenant="acme",trigger="person_request"} 1.0' in figures


async def test_logs_hold_no_customer_text_and_no_secret(
    house: House, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    house.ai.then(status(500))
    house.slack.fail("chat.postMessage", "channel_not_found")
    visitor = await house.visitor(customer={"name": "Canary McName", "email": "canary@example.com"})
    await visitor.says("canary-text where is my parcel?")
    await house.get("/transcripts/canary-token-value")
    seen = caplog.text + "".join(repr(r.__dict__) for r in caplog.records) + capsys.readouterr().err
    secrets = [house.shop.secret, house.ai.secret, house.master_key, visitor.headers["Authorization"][7:]]
    for canary in ("Canary McName", "canary@example.com", "canary-text", "canary-token-value", *secrets):
        assert canary not in seen, canary


async def test_what_was_sent_and_waits_to_be_marked_is_not_sent_again_by_the_sweeper(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "OVERDUE", timedelta(days=-1))
    assert await house.shop.write(f"{house.url}/channels/acme/api", "c1", "let me talk to a human") == 202
    while house.service.dispatcher.busy or not house.service.recorder.idle:
        await house.service.sweep()
        await asyncio.sleep(0)
    await house.idle()
    assert len(house.shop.received) == len({each.id for each in house.shop.received})
    assert len(house.slack.called("chat.postMessage")) == 1


async def test_a_line_for_a_card_that_was_deleted_stands_below_a_new_one(house: House) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    await house.slack.press("claim", house.slack.card())
    await house.idle()
    house.slack.delete(house.slack.card())
    await visitor.says("are you there?")
    assert [m.words for m in house.slack.thread(house.slack.card()) if "are you there?" in m.words] != []
    assert (await house.service.outbox_admin.outbox_counts()).dead == 0


async def test_a_line_whose_post_was_uncertain_is_looked_up(house: House) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    await house.slack.press("claim", house.slack.card())
    await house.idle()
    house.slack.drop("chat.postMessage", accepted=True)
    await visitor.says("are you there?")
    thread = house.slack.thread(house.slack.card())
    assert len([m for m in thread if "are you there?" in m.words]) == 1


async def test_a_line_that_the_desk_refuses_is_parked_and_the_agent_is_told_there(house: House) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    await house.slack.press("claim", house.slack.card())
    await house.idle()
    for _ in range(2):  # what says so is refused as well: it is said once, and no more
        house.slack.fail("chat.postMessage", "invalid_blocks")
    await visitor.says("are you there?")
    assert (await house.service.outbox_admin.outbox_counts()).dead == 2
    house.slack.fail("chat.postMessage", "invalid_blocks")
    await visitor.says("hello?")
    told = [m.words for m in house.slack.thread(house.slack.card()) if "could not be shown here" in m.words]
    assert len(told) == 1
    assert "invalid_blocks" in told[0]
