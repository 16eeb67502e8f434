"""A browser without a screen: opens sessions, writes, reads pages and streams."""

import json
import uuid
from typing import Any

import jwt
from aiohttp import ClientResponse

from adapters.channels.webchat import Adapter, Settings
from bridge.domain.model import Entry
from bridge.ports import ChannelAdapter, Host
from tests.contracts.channel import Bench, ChannelDriver, Client
from tests.fakes.desk_core import START, OwnClock
from tests.fakes.inbound import InboundCore

WEB = "/webchat/acme/web"
SECRETS = {"acme": "acme-identity-secret-of-32-bytes!", "globex": "globex-identity-secret-32-bytes!"}
SHOP = "https://shop.acme.example"


def identity(secret: str = SECRETS["acme"], **claims: Any) -> str:
    """What the shop signs for a customer who is logged in; claims of None are left out."""
    whole = {"sub": "u-1", "exp": int(START.timestamp()) + 3600, **claims}
    return jwt.encode({k: v for k, v in whole.items() if v is not None}, secret, algorithm="HS256")


class WebchatDriver(ChannelDriver):
    kind = "webchat"
    secrets = tuple(SECRETS.values())

    def __init__(self) -> None:
        self.token = ""
        self.conversation = ""
        self._foreign = ""

    def settings(self, tenant: str) -> Settings:
        return Settings.model_validate(
            {"kind": "webchat", "origins": [SHOP], "identity_secret": SECRETS[tenant], "colour": "#0f766e"}
        )

    def adapter(self, host: Host) -> ChannelAdapter:
        return Adapter(host)

    async def begin(self, client: Client, core: InboundCore) -> None:
        foreign = await self.open(client, tenant="globex")
        self._foreign = foreign["token"]
        opened = await self.open(client)
        self.token, self.conversation = opened["token"], opened["conversation"]
        self.secrets = (*SECRETS.values(), self.token, self._foreign)

    async def open(self, client: Client, tenant: str = "acme", **body: Any) -> dict[str, str]:
        response = await client.post(f"/webchat/{tenant}/web/sessions", json=body)
        assert response.status == 201, await response.text()
        opened: dict[str, str] = await response.json()
        return opened

    async def write(self, client: Client, text: str, *, number: int = 1) -> ClientResponse:
        return await self.say(client, text, id=str(uuid.UUID(int=number)))

    async def say(self, client: Client, text: str, *, id: str, token: str | None = None) -> ClientResponse:
        # ensure_ascii: a lone surrogate can only come as an escape
        body = json.dumps({"id": id, "text": text}).encode()
        return await self._post(client, "/messages", body, token)

    async def forge(self, client: Client, text: str) -> list[ClientResponse]:
        payload, _, mac = self.token.partition(".")
        forged = [
            "",
            "nonsense",
            self.token[:-4] + "AAAA",
            f"{payload}.",
            f".{mac}",
            "é.ü",
            self.token + ".x",
            self._foreign,
        ]
        return [await self.say(client, text, id=str(uuid.uuid4()), token=token) for token in forged]

    async def write_too_late(self, client: Client, text: str, clock: OwnClock) -> ClientResponse:
        clock.pass_by(days=30, seconds=1)
        return await self.write(client, text)

    async def post(self, client: Client, body: bytes) -> ClientResponse:
        return await self._post(client, "/messages", body)

    async def seen(self, bench: Bench, entry: Entry) -> str:
        events = await self.page(bench.client, after=entry.seq - 1)
        text: str = events[0]["data"]["text"]
        return text

    async def signal(self, client: Client, **body: Any) -> ClientResponse:
        return await self._post(client, "/signals", json.dumps(body).encode())

    async def page(self, client: Client, after: int = 0) -> list[dict[str, Any]]:
        response = await client.get(
            f"{WEB}/events?after={after}",
            headers={"Authorization": f"Bearer {self.token}", "Accept": "application/json"},
        )
        assert response.status == 200
        page = await response.json()
        events: list[dict[str, Any]] = page["events"]
        assert page["next"] == (events[-1]["id"] if events else after)
        return events

    async def stream(self, client: Client, after: int | None = None, **headers: str) -> "Stream":
        query = "" if after is None else f"?after={after}"
        authorised = {"Authorization": f"Bearer {self.token}", **headers}
        return Stream(await client.get(f"{WEB}/events{query}", headers=authorised))

    async def _post(self, client: Client, path: str, body: bytes, token: str | None = None) -> ClientResponse:
        token = self.token if token is None else token
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return await client.post(WEB + path, data=body, headers=headers)


class Stream:
    """Reads server-sent events as a browser does."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response

    async def frame(self) -> str:
        """The next frame, comments included; empty at the end of the stream."""
        lines: list[str] = []
        while line := (await self.response.content.readline()).decode():
            if line == "\n":
                return "\n".join(lines)
            lines.append(line.rstrip("\n"))
        return ""

    async def next(self) -> tuple[str, str, dict[str, Any]]:
        """Id, name and data of the next event."""
        while (frame := await self.frame()).startswith(":"):
            pass
        assert frame, "the stream has ended"
        fields = dict(line.split(": ", 1) for line in frame.split("\n"))
        return fields.get("id", ""), fields["event"], json.loads(fields["data"])

    def close(self) -> None:
        self.response.close()
