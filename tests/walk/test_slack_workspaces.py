"""Two companies install the app into their workspaces, connect a channel each, and never see each other."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.domain.ids import TenantId
from bridge.wiring.connecting import make_code
from tests.fakes.slack import CLIENT_ID, CLIENT_SECRET, Reply
from tests.walk.house import House

ACME, GLOBEX = "T0ACME", "T0GLOBEX"


class OfTwo(House):
    """A bridge for two tenants whose desks stand nowhere yet, and two workspaces without the app."""

    def write_settings(self, **tenant: Any) -> None:
        super().write_settings(desks={"support": {"kind": "slack"}}, routing={"desk": "support"})
        other = self.tenant("globex", desks={"support": {"kind": "slack"}}, routing={"desk": "support"})
        (self.folder / "tenants/globex.yaml").write_text(yaml.safe_dump(other))

    async def install(self, team: str, **how: Any) -> tuple[int, str]:
        """As an admin's browser goes: our page, Slack's page, our page."""
        async with self.http.get(f"{self.url}/slack/install", allow_redirects=False) as response:
            assert response.status == 302, await response.text()
            cookie = response.headers["Set-Cookie"]
            assert "Secure" in cookie
            assert "HttpOnly" in cookie
            there = response.headers["Location"]
        back = self.slack.approve(there, team, **how)
        return await self.get(back.removeprefix(self.url), Cookie=cookie.partition(";")[0])

    async def connect(self, tenant: str, team: str, channel: str, user: str) -> Reply:
        host = self.service.host
        code = await make_code(
            host.vault, TenantId(tenant), "support", "slack", "cli:admin", host.clock.now()
        )
        return await self.slack.command(f"connect {code}", user, channel=channel, team=team)


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[OfTwo]:
    made = OfTwo(tmp_path, database_url)
    made.slack_app |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    made.slack.add_workspace(ACME, "", "C0ACME", {"UA1": "Ana", "UA2": "Ben"})
    made.slack.add_workspace(GLOBEX, "", "C0GLOBEX", {"UG1": "Gus"})
    await made.open()
    yield made
    await made.close()


async def test_two_workspaces_from_install_to_uninstall(house: OfTwo) -> None:
    status, page = await house.install(ACME)
    assert (status, "installed in Example E" in page) == (200, True)
    await house.install(GLOBEX)
    for tenant, team, channel, user in (
        ("acme", ACME, "C0ACME", "UA1"),
        ("globex", GLOBEX, "C0GLOBEX", "UG1"),
    ):
        reply = await house.connect(tenant, team, channel, user)
        assert "now the desk support" in reply.json["text"]
    await house.until(lambda: len(house.slack.called("chat.postMessage")) == 2)

    maria, gert = await house.visitor(customer={"name": "María"}), await house.visitor(of="globex")
    await maria.says("let me talk to a human")
    await gert.says("let me talk to a human")
    [ours], [theirs] = house.slack.cards("C0ACME"), house.slack.cards("C0GLOBEX")
    assert "María" in ours.words
    assert "María" not in theirs.words

    await house.slack.press("claim", theirs, user="UG1", value=ours.value("claim"))
    await house.idle()
    assert (await maria.state())["mode"] == "waiting", "a button of another workspace reaches nothing"
    await house.slack.press("claim", ours, user="UA1")
    await house.slack.write_in_thread(ours, "Hello María", user="UA1")
    await house.idle()
    assert (await maria.reads())[-1] == "Hello María"
    await house.slack.open_home("UA1", ACME)
    await house.slack.open_home("UG1", GLOBEX)
    await house.until(lambda: len(house.slack.homes) == 2)
    assert "María" in house.slack.home("UA1", ACME).words
    assert "María" not in house.slack.home("UG1", GLOBEX).words
    tokens = {(call.arguments.get("channel"), call.token.split("-")[1]) for call in house.slack.calls}
    assert not tokens & {("C0ACME", GLOBEX), ("C0GLOBEX", ACME)}
    before = len(house.slack.called("auth.test"))
    await house.slack.press("send_suggested", theirs, user="UG1")
    assert len(house.slack.called("auth.test")) == before, "a press never asks Slack who we are"

    await house.slack.uninstall(ACME)
    await maria.says("are you there?")
    assert await house.service.host.vault.get("slack.workspace", ACME) is None
    await house.slack.write_in_thread(theirs, "Hello Gert", user="UG1")
    await house.idle()
    assert (await gert.reads())[-1] == "Hello Gert", "the other workspace goes on"
    await house.install(ACME)
    assert await house.service.host.vault.get("slack.workspace", ACME) is not None


async def test_the_token_is_sealed_where_it_is_kept(house: OfTwo) -> None:
    await house.install(ACME)
    [token] = [token for token, team in house.slack.tokens.items() if team == ACME]
    await house.stop()
    files = [file for file in house.folder.rglob("*") if file.is_file()]
    assert not any(token.encode() in file.read_bytes() for file in files)
    await house.start()


async def test_only_the_browser_that_asked_comes_back(house: OfTwo) -> None:
    async with house.http.get(f"{house.url}/slack/install", allow_redirects=False) as response:
        back = house.slack.approve(response.headers["Location"], ACME)
    path = back.removeprefix(house.url)
    for cookie in ("", "slack-app-oauth-state=another"):
        status, page = await house.get(path, **({"Cookie": cookie} if cookie else {}))
        assert (status, "another browser" in page) == (400, True)
    assert await house.service.host.vault.every("slack.workspace") == {}


async def test_a_state_ends_after_ten_minutes(house: OfTwo) -> None:
    async with house.http.get(f"{house.url}/slack/install", allow_redirects=False) as response:
        cookie = response.headers["Set-Cookie"].partition(";")[0]
        back = house.slack.approve(response.headers["Location"], ACME)
    house.clock.time = house.clock.time.replace(year=house.clock.time.year + 1)
    status, page = await house.get(back.removeprefix(house.url), Cookie=cookie)
    assert (status, "ten minutes" in page) == (400, True)


async def test_a_whole_grid_is_refused_clearly(house: OfTwo) -> None:
    status, page = await house.install(ACME, grid=True)
    assert (status, "Enterprise Grid" in page) == (400, True)
    assert await house.service.host.vault.every("slack.workspace") == {}


async def test_who_says_no_and_who_types_nonsense_get_a_page(house: OfTwo) -> None:
    async with house.http.get(f"{house.url}/slack/install", allow_redirects=False) as response:
        refused = house.slack.refuse(response.headers["Location"])
    assert "nothing was installed" in (await house.get(refused.removeprefix(house.url)))[1]
    for query in (
        "",
        "?code=x",
        "?code=x&state=y",
        "?state=%00&code=%ff",
        "?error=<script>alert(1)</script>",
    ):
        status, page = await house.get(f"/slack/oauth_redirect{query}", Cookie="slack-app-oauth-state=y")
        assert 400 <= status < 500
        assert "<script>" not in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"joined": False}, "/invite @Handoff"),
        ({"private": True, "joined": False}, "/invite @Handoff"),
        ({"archived": True}, "This channel is archived"),
    ],
)
async def test_the_bot_says_what_it_lacks_in_the_channel(
    house: OfTwo, wrong: dict[str, bool], words: str
) -> None:
    await house.install(ACME)
    channel = house.slack.workspaces[ACME].channels["C0ACME"]
    for name, value in wrong.items():
        setattr(channel, name, value)
    await house.connect("acme", ACME, "C0ACME", "UA1")
    await house.until(lambda: house.slack.whispered)
    assert words in house.slack.whispered[-1].text


async def test_the_bot_says_which_scopes_it_lacks(house: OfTwo) -> None:
    await house.install(ACME)
    house.slack.workspaces[ACME].scopes -= {"users:read", "groups:history"}
    await house.connect("acme", ACME, "C0ACME", "UA1")
    await house.until(lambda: house.slack.whispered)
    assert "lacks groups:history, users:read" in house.slack.whispered[-1].text


async def test_without_the_app_in_the_workspace_connecting_says_so(house: OfTwo) -> None:
    await house.connect("acme", ACME, "C0ACME", "UA1")
    await house.until(lambda: house.slack.whispered)
    assert "not installed in this workspace" in house.slack.whispered[-1].text
    refused = await house.slack.command("connect ABCDE-FGHJK", "UA1", channel="C0ACME", team=ACME)
    assert "not valid" in refused.json["text"]
