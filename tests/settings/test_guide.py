"""The settings in the guide are settings: read, compiled, and nothing is wrong with them."""

import re
from datetime import timedelta
from pathlib import Path

import yaml

from adapters.registry import Registry
from bridge.domain.model import Trigger
from bridge.domain.tenant import ChannelTraits, Tenant
from bridge.settings.compiling import compile_tenant
from bridge.settings.reading import read_tenant

GUIDE = Path(__file__).parents[2] / "docs/on-call.md"
REST = {
    "tenant": "acme",
    "channels": {"web": {"kind": "webchat"}},
    "answerer": {"kind": "http", "url": "https://bot.example.com", "secret": "whsec_" + 43 * "A" + "="},
    "desks": {
        name: {"kind": "console", "agents": [{"name": "Ana", "key": "a-key-of-ana"}]}
        for name in ("support", "sales")
    },
    "routing": {"desk": "support"},
}


def in_the_guide() -> Tenant:
    blocks = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 3
    settings = dict(REST)
    for block in blocks:
        settings |= yaml.safe_load(block)
    plain = yaml.safe_load(yaml.safe_dump(settings))
    read = read_tenant(
        yaml.safe_dump(plain, default_flow_style=None), "acme.yaml", Registry(), {}, folder=Path()
    )
    return compile_tenant(read, {"web": ChannelTraits(push=False, states=True)})


def test_the_guides_settings_are_good() -> None:
    tenant = in_the_guide()
    rota = tenant.rota("support")
    assert [agent.name for agent in rota.hours[0].agents] == ["Ana", "Ben"]
    assert len(rota.calendars) == 1
    assert tenant.pages.fallback == "sales"
    assert tenant.pages.assistant_meanwhile == {Trigger.CONFIDENCE}
    assert tenant.callbacks is not None
    assert tenant.callbacks.remind == timedelta(minutes=10)
