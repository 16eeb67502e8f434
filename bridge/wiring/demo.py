"""The demo: the whole bridge on one machine, with a sample tenant, a shop page and a console desk.

Routing, answering, storage and desks are the real ones; only the company is made up. Its routes exist
in the demo alone.
"""

import base64
import os
import secrets
from datetime import timedelta
from pathlib import Path

import jwt
from aiohttp import web

from bridge.demo.orders import order_routes
from bridge.settings import Installation
from bridge.wiring.service import Service

DEMO = Path(__file__).parent.parent / "demo"
TENANT = DEMO / "tenant"
PAGE = DEMO / "page"

_BRIDGE_YAML = """\
# Written by `handoff-bridge demo`. Throw the folder away to start afresh.
listen: 127.0.0.1:{port}
public_url: http://127.0.0.1:{port}
database: sqlite:///demo.db
master_key: ${{DEMO_MASTER_KEY}}
admin_token: ${{DEMO_ADMIN_TOKEN}}
tenants: {tenants}
outbound: {{private_hosts: [127.0.0.1]}}
"""

VISITORS: dict[str, dict[str, object]] = {
    "vip": {
        "sub": "cust-4711",
        "name": "Vera Moreno",
        "email": "vera@example.com",
        "language": "en",
        "timezone": "Europe/Madrid",
        "tags": ["vip"],
        "lifetime_value": 6240,
    },
    "regular": {
        "sub": "cust-1001",
        "name": "Sam Lee",
        "email": "sam@example.com",
        "language": "en",
        "timezone": "Europe/London",
        "tags": [],
        "lifetime_value": 180,
    },
}


def prepare(folder: Path, port: int) -> dict[str, str]:
    """Writes the demo's bridge.yaml and keys into its folder; gives the environment for it back."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = folder / ".env"
    made = dict(line.split("=", 1) for line in _lines(keys) if "=" in line)
    made.setdefault("DEMO_MASTER_KEY", base64.urlsafe_b64encode(os.urandom(32)).decode())
    made.setdefault("DEMO_ADMIN_TOKEN", secrets.token_urlsafe(24))
    made.setdefault("DEMO_IDENTITY", secrets.token_urlsafe(32))
    made["DEMO_PORT"] = str(port)
    keys.touch(mode=0o600)
    keys.write_text("".join(f"{name}={value}\n" for name, value in made.items()), "utf-8")
    text = _BRIDGE_YAML.format(port=port, tenants=TENANT)
    (folder / "bridge.yaml").write_text(text, "utf-8")
    return made


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def demo_routes(service: Service, installation: Installation) -> list[web.AbstractRouteDef]:
    """The shop page, a sample look-up tool, and a way to be somebody. Open to all who reach the demo."""
    identity_key = installation.env["DEMO_IDENTITY"]

    async def page(request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    async def identity(request: web.Request) -> web.Response:
        visitor = VISITORS.get(request.query.get("who", ""))
        if visitor is None:
            return web.json_response({"identity": None})
        expires = service.clock.now() + timedelta(hours=12)
        token = jwt.encode({**visitor, "exp": expires}, identity_key, algorithm="HS256")
        return web.json_response({"identity": token})

    return [
        web.get("/", page),
        web.get("/demo/identity", identity),
        web.static("/demo/static", PAGE),
        *order_routes(),
    ]
