"""Modals and App Home: opened once by a trigger, changed by id and hash, stacked three high."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.slack.rules import view_error
from tests.fakes.slack.world import Refused, Workspace, World

DEEPEST = 3
Arguments = Mapping[str, Any]


class Views(World):
    def _open(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        self.spend_trigger(arguments.get("trigger_id"))
        return self._show(workspace, arguments, stack=1)

    def _push(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        self.spend_trigger(arguments.get("trigger_id"))
        below = self.views[-1]["stack"] if self.views else 0
        if not 0 < below < DEEPEST:
            raise Refused("push_limit_reached")
        return self._show(workspace, arguments, stack=below + 1)

    def _show(self, workspace: Workspace, arguments: Arguments, stack: int) -> dict[str, Any]:
        if error := view_error(arguments.get("view")):
            raise Refused(error)
        number = next(self._numbers)
        known = {"id": f"V{number:08d}", "hash": f"{number}.h", "team_id": workspace.team, "stack": stack}
        view = {**arguments["view"], **known}
        self.views.append(view)
        return {"view": view}

    def _update_view(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        found = [v for v in self.views if v["id"] == arguments.get("view_id")]
        if not found or found[0]["team_id"] != workspace.team:
            raise Refused("not_found")
        if arguments.get("hash", found[0]["hash"]) != found[0]["hash"]:
            raise Refused("hash_conflict")
        if error := view_error(arguments.get("view")):
            raise Refused(error)
        found[0].update(arguments["view"])
        found[0]["hash"] = f"{next(self._numbers)}.h"
        return {"view": found[0]}

    def _publish(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        user = arguments.get("user_id", "")
        if user not in workspace.users:
            raise Refused("user_not_found")
        if error := view_error(arguments.get("view"), kind="home"):
            raise Refused(error)
        shown = self.homes.get((workspace.team, user), {})
        if "hash" in arguments and arguments["hash"] != shown.get("hash"):
            raise Refused("hash_conflict")
        number = next(self._numbers)
        view = {**arguments["view"], "id": f"V{number:08d}", "hash": f"{number}.h"}
        self.homes[workspace.team, user] = view
        return {"view": view}
