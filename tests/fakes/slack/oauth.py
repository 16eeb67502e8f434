"""How an app gets into a workspace: the page where an admin approves, and the exchange of the code."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web

from tests.fakes.slack.people import People
from tests.fakes.slack.world import APP, CLIENT_ID, CLIENT_SECRET, Refused


class OAuth(People):
    def approve(self, address: str, team: str, user: str = "U1", *, grid: bool = False) -> str:
        """An admin of a workspace says yes on Slack's page; where Slack sends their browser then."""
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert parts.path == "/oauth/v2/authorize", address
        assert asked["client_id"] == CLIENT_ID, address
        assert asked["scope"], address
        assert asked["state"], address
        code = f"code-{next(self._numbers)}"
        self._codes[code] = (team if not grid else "", user, asked["redirect_uri"])
        self.workspaces[team].scopes = set(asked["scope"].split(","))
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def refuse(self, address: str) -> str:
        """The admin says no."""
        asked = parse_qs(urlsplit(address).query)
        back = {"error": "access_denied", "state": asked["state"][0]}
        return f"{asked['redirect_uri'][0]}?{urlencode(back)}"

    async def _exchange(self, request: web.Request) -> web.StreamResponse:
        """oauth.v2.access: a form, with the app's own id and secret in it or in Basic authorization."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        authorization = request.headers.get("Authorization", "")
        if authorization.startswith("Basic "):
            form["client_id"], _, form["client_secret"] = (
                b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            )
        try:
            return web.json_response({"ok": True, **self._installed(form)})
        except Refused as refused:
            return web.json_response({"ok": False, "error": str(refused)})

    def _installed(self, form: Mapping[str, str]) -> dict[str, Any]:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise Refused("bad_client_secret")
        if form.get("code") not in self._codes:
            raise Refused("invalid_code")
        team, user, address = self._codes.pop(form["code"])
        if form.get("redirect_uri") != address:
            raise Refused("bad_redirect_uri")
        installed = {"app_id": APP, "authed_user": {"id": user}, "token_type": "bot"}
        if not team:
            grid = {"enterprise": {"id": "E1", "name": "Grid"}, "is_enterprise_install": True, "team": None}
            self.tokens["xoxb-grid"] = next(iter(self.workspaces))
            return {**installed, **grid, "access_token": "xoxb-grid", "scope": "", "bot_user_id": "UBOT"}
        workspace = self.workspaces[team]
        token = f"xoxb-{team}-{next(self._numbers)}"
        self.tokens[token] = team
        return {
            **installed,
            "access_token": token,
            "scope": ",".join(sorted(workspace.scopes)),
            "bot_user_id": workspace.bot_user,
            "team": {"id": team, "name": workspace.name},
            "enterprise": None,
            "is_enterprise_install": False,
        }
