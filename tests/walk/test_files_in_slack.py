"""Files both ways between a customer and an agent in Slack, over real HTTP: as links, none dropped unsaid."""

import base64
import json
from typing import Any

from tests.fakes.slack import TEAM, Message
from tests.walk.house import House

INVOICE = {
    "name": "invoice <42>.pdf",
    "url": "https://files.shop.example/i/42?sign=a&b=c",
    "mime": "application/pdf",
    "size": 48_213,
}


async def claimed(house: House) -> Message:
    """A customer of the tenant's own channel, with Ana."""
    way_in = f"{house.url}/channels/acme/api"
    assert await house.shop.write(way_in, "order-77", "let me talk to a human", customer={"id": "c-1"}) == 202
    await house.idle()
    await house.slack.press("claim", house.slack.card())
    await house.idle()
    return house.slack.card()


def links(message: Message) -> list[tuple[str, str]]:
    def found(node: Any) -> list[tuple[str, str]]:
        if isinstance(node, list):
            return [each for item in node for each in found(item)]
        if not isinstance(node, dict):
            return []
        own = [(node["text"], node["url"])] if node.get("type") == "link" else []
        return own + found(node.get("elements"))

    return found(message.blocks)


def to_the_customer(house: House) -> list[dict[str, Any]]:
    """The files of agents' messages that the shop got."""
    said = [each.body for each in house.shop.received if each.body.get("author") == "agent"]
    return [file for message in said for file in message.get("files", [])]


async def fetched(house: House, url: str) -> tuple[int, bytes]:
    async with house.http.get(url) as answer:
        return answer.status, await answer.read()


async def test_a_customers_file_stands_in_the_thread_with_name_size_and_link(house: House) -> None:
    card = await claimed(house)
    way_in = f"{house.url}/channels/acme/api"
    assert await house.shop.write(way_in, "order-77", "here it is", files=[INVOICE]) == 202
    assert (
        await house.shop.write(way_in, "order-77", "", files=[{"name": "photo.jpg", "url": INVOICE["url"]}])
        == 202
    )
    await house.idle()
    both = [line for line in house.slack.thread(card) if links(line)]
    assert [links(line) for line in both] == [
        [("invoice <42>.pdf", INVOICE["url"])],
        [("photo.jpg", INVOICE["url"])],
    ]
    assert "(48 kB)" in both[0].words
    assert "(" not in both[1].words, "nothing is said of a size that nobody told"


async def test_an_agents_file_reaches_the_customer_as_a_signed_link(house: House) -> None:
    card = await claimed(house)
    await house.slack.attach(card, "offer.png", b"its bytes", "Our offer")
    await house.slack.attach(card, "terms.html", b"<script>alert(1)</script>")
    await house.idle()
    offer, terms = to_the_customer(house)
    assert (offer["name"], offer["mime"], offer["size"]) == ("offer.png", "image/png", 9)
    assert house.shop.texts("order-77", "agent")[0].startswith("Our offer\noffer.png: http")
    assert offer["url"].startswith(f"{house.url}/slack/files/")
    assert await fetched(house, offer["url"]) == (200, b"its bytes")
    assert (await fetched(house, terms["url"]))[0] == 200


async def test_a_link_that_was_altered_is_over_or_is_another_tenants_opens_nothing(house: House) -> None:
    card = await claimed(house)
    await house.slack.attach(card, "offer.png", b"its bytes")
    await house.idle()
    [file] = to_the_customer(house)
    address, _, token = file["url"].rpartition("/")
    body, _, mac = token.partition(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert "acme" in told
    foreign = ["globex" if each == "acme" else each for each in told]
    forged = base64.urlsafe_b64encode(json.dumps(foreign).encode()).decode().rstrip("=")
    for altered in (f"{forged}.{mac}", f"{body}.{mac[::-1]}", body, f"{body}.", mac):
        assert (await fetched(house, f"{address}/{altered}"))[0] == 404, altered
    assert (await fetched(house, file["url"]))[0] == 200, "the genuine one still opens it"

    house.slack.workspaces[TEAM].scopes.discard("files:read")
    assert (await fetched(house, file["url"]))[0] == 404, "no sign-in page of Slack's is passed on"
    house.slack.workspaces[TEAM].scopes.add("files:read")
    await house.later(days=31)
    assert (await fetched(house, file["url"]))[0] == 404, "it ends with the transcript's links"


async def test_a_file_that_can_not_be_fetched_is_named_to_its_sender_as_not_delivered(house: House) -> None:
    card = await claimed(house)
    files = [{"id": "F1", "name": "plan.pdf", "url_private": "https://elsewhere.example/plan.pdf"}]
    await house.slack.write_in_thread(card, "See the plan", subtype="file_share", files=files)
    await house.idle()
    assert to_the_customer(house) == []
    assert house.shop.texts("order-77", "agent") == ["See the plan"]
    await house.until(lambda: house.slack.whispered)
    assert "plan.pdf" in house.slack.whispered[-1].text
