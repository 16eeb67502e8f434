"""`python -m tests.pictures OUT` writes OUT/slack/*.json and OUT/teams/*.json, one for each surface.

OUT/*/notifications.txt is what a phone shows of them.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bridge.store.schema import migrate
from tests.pictures.desks import Desk, Shown, SlackDesk, TeamsDesk
from tests.pictures.scenes import AT_NIGHT, IN_SLACK, IN_TEAMS, MORNING, NIGHT, SCENES, Scene
from tests.walk.house import House
from tests.walk.teams_house import TeamsHouse

EVERYBODY_HOME = {
    "timezone": "Europe/Madrid",
    "languages": ["en", "ar"],
    "on_call": {"support": [{"days": "mon-fri", "from": "09:00", "to": "18:00"}]},
}
DESKS: dict[str, tuple[type[House], type[Desk], list[Scene]]] = {
    "slack": (House, SlackDesk, [*SCENES, *IN_SLACK]),
    "teams": (TeamsHouse, TeamsDesk, [*SCENES, *IN_TEAMS]),
}


async def take(platform: str, played: Scene) -> dict[str, Shown]:
    """Plays one scene in a new house; what was to be seen in it, by name."""
    house_of, desk_of, _ = DESKS[platform]
    night = played in AT_NIGHT
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bridge.db"
        await migrate(url)
        house = house_of(Path(folder), url)
        house.clock.time = NIGHT if night else MORNING
        await house.open(**(EVERYBODY_HOME if night else {"languages": ["en", "ar"]}))
        try:
            return {name: json.loads(json.dumps(shown)) async for name, shown in played(desk_of(house))}
        finally:
            await house.close()


async def take_all(out: Path) -> None:
    for platform, (_, _, scenes) in DESKS.items():
        (out / platform).mkdir(parents=True, exist_ok=True)
        lines: list[str] = []
        for played in scenes:
            for name, shown in (await take(platform, played)).items():
                (out / platform / f"{name}.json").write_text(json.dumps(shown, ensure_ascii=False, indent=1))
                lines += [f"{name}: {line}" for line in on_a_phone(shown)]
        (out / platform / "notifications.txt").write_text("\n".join(lines) + "\n")
        print(f"{out / platform}: {len(list((out / platform).glob('*.json')))} surfaces")


def on_a_phone(shown: Shown) -> Iterator[str]:
    """The one line that a notification shows of a message."""
    for message in shown.get("messages", [shown]):
        if message.get("from", "Handoff") == "Handoff" and (
            line := message.get("summary") or message.get("text")
        ):
            yield line


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("out", type=Path, help="a folder")
    asyncio.run(take_all(parser.parse_args().out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
