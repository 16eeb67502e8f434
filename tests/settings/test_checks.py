"""What is legal and unwise is said, with its mend; what is wise is met with silence."""

from pathlib import Path

import pytest

from bridge.settings import Installation, differences, notes, warnings
from tests.settings.office import BRIDGE, SCHEMAS, TENANT, load, read


def said(installation: Installation) -> list[str]:
    return [str(problem) for problem in warnings(installation, SCHEMAS)]


def test_good_settings_are_met_with_silence(tmp_path: Path) -> None:
    assert said(load(tmp_path)) == []


def test_confidence_alone_is_warned_of(tmp_path: Path) -> None:
    names = ("person_request", "policy", "customers", "tool_failure", "assistant_request", "buying_intent")
    more = "".join(f"  {name}: off\n" for name in names)
    [line] = said(load(tmp_path, tenant=TENANT + more))
    assert "acme.yaml:11: routing: only the confidence trigger is left on" in line


def test_confidence_above_the_policy_is_warned_of(tmp_path: Path) -> None:
    [line] = said(load(tmp_path, tenant=TENANT + "  policy: off\n"))
    assert "routing.policy: confidence stands above the policy" in line


def noted(installation: Installation) -> list[str]:
    return [str(problem) for problem in notes(installation, SCHEMAS)]


def test_policy_groups_that_are_off_are_noted(tmp_path: Path) -> None:
    installation = load(tmp_path, tenant=TENANT + "  policy: [{group: refund}, {group: legal}]\n")
    assert said(installation) == [], "it may well be meant"
    [line] = noted(installation)
    assert "routing.policy: off are complaint, medical, billing:" in line
    assert "add - {group: complaint}" in line


def test_what_is_kept_and_not_used_yet_is_noted(tmp_path: Path) -> None:
    [line] = noted(load(tmp_path, tenant=TENANT + "retention: {messages: 30d}\n"))
    assert "retention: kept, and not used by this version yet" in line


def test_a_language_that_nothing_is_detected_in_is_warned_of(tmp_path: Path) -> None:
    [line] = said(load(tmp_path, tenant=TENANT.replace("[en]", "[en-GB, xx]")))
    assert "acme.yaml:4: languages[1]: " in line


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("http://bridge.example.com", True),
        ("http://10.0.0.5:8080", True),
        ("http://127.0.0.1:8080", False),
        ("http://[::1]:8080", False),
        ("http://localhost:8080", False),
        ("https://bridge.example.com", False),
    ],
)
def test_a_public_address_without_tls_is_for_this_machine_alone(
    tmp_path: Path, address: str, warned: bool
) -> None:
    lines = said(load(tmp_path, BRIDGE.replace("https://bridge.example.com/", address)))
    assert any("public_url: plain http" in line for line in lines) is warned


def test_plain_http_is_for_private_hosts_alone(tmp_path: Path) -> None:
    tenant = TENANT.replace(
        "channels:\n", "channels:\n  api: {kind: hook, deliver_to: http://intern.example/x}\n"
    )
    [line] = said(load(tmp_path, tenant=tenant))
    assert "acme.yaml:6: channels.api.deliver_to: plain http to intern.example" in line
    assert said(load(tmp_path, BRIDGE + "outbound: {private_hosts: [intern.example]}\n", tenant)) == []


def test_the_sites_that_embed_the_chat_may_be_plain_http(tmp_path: Path) -> None:
    tenant = TENANT.replace("kind: chat,", "kind: chat, origins: ['http://shop.example'],")
    assert said(load(tmp_path, tenant=tenant)) == []


def test_an_adapter_may_object_to_its_own_section(tmp_path: Path) -> None:
    tenant = TENANT.replace("sales: {kind: room}", "sales: {kind: room, open: true}")
    [line] = said(load(tmp_path, tenant=tenant))
    assert line.endswith("acme.yaml:10: desks.sales: open to all at https://bridge.example.com; close it")


def test_where_a_file_differs_from_the_stored_version_is_named_without_values(tmp_path: Path) -> None:
    stored = read(tmp_path, TENANT + "pages: {claim_lease: 15m}\n")
    assert differences(stored, stored) == []
    file = read(tmp_path, TENANT.replace("${CHAT_SECRET}", "hunter2"))
    found = differences(file, stored)
    assert [problem.key for problem in found] == ["channels.web.secret", "pages.claim_lease"]
    assert "hunter2" not in str(found)
    assert all("tenant apply acme.yaml" in problem.mend for problem in found)
