"""What stands in the files is what the bridge runs on."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.model import Fired, Trigger
from bridge.domain.policy import POLICY_GROUPS, PolicyGroup
from bridge.domain.tenant import ChannelTraits, Tenant
from bridge.settings import SettingsError, compile_tenant, load_installation, with_dotenv
from tests.settings.office import BRIDGE, ENV, KEY, SCHEMAS, TENANT, Book, Chat, load, office, read


def compiled(folder: Path, more: str = "", tenant: str = TENANT) -> Tenant:
    return compile_tenant(read(folder, tenant + more), {"web": ChannelTraits(push=False, states=True)})


def test_defaults_are_the_conservative_ones(tmp_path: Path) -> None:
    routing = compiled(tmp_path).routing
    assert routing.answer_at == 0.80
    assert routing.person_request
    assert routing.tool_failure
    assert routing.assistant_request
    assert [group.name for group in routing.policy] == list(POLICY_GROUPS)
    assert routing.customers is not None
    assert routing.buying_intent is not None


@pytest.mark.parametrize("on", ["{}", "on", "true", ""])
def test_a_trigger_is_on_when_it_says_so_or_says_nothing(tmp_path: Path, on: str) -> None:
    names = ("confidence", "person_request", "policy", "customers", "tool_failure", "assistant_request")
    assert compiled(tmp_path, "".join(f"  {name}: {on}\n" for name in names)) == compiled(tmp_path)


@pytest.mark.parametrize("off", ["off", "false", "no", "'off'"])
def test_off_turns_a_trigger_off(tmp_path: Path, off: str) -> None:
    names = ("confidence", "person_request", "policy", "customers", "tool_failure", "assistant_request")
    more = "".join(f"  {name}: {off}\n" for name in (*names, "buying_intent"))
    routing = compiled(tmp_path, more).routing
    assert routing.answer_at is None
    assert not routing.person_request
    assert routing.policy == ()
    assert routing.customers is None
    assert not routing.tool_failure
    assert not routing.assistant_request
    assert routing.buying_intent is None


def test_a_list_of_groups_is_those_groups_only(tmp_path: Path) -> None:
    more = "  policy:\n    - {group: refund}\n    - {group: press, keywords: [journalist], desk: sales}\n"
    routing = compiled(tmp_path, more).routing
    assert routing.policy == (PolicyGroup("refund"), PolicyGroup("press", ("journalist",), "sales"))
    assert routing.desk_for(Fired(Trigger.POLICY, "", "press")) == "sales"
    assert routing.desk_for(Fired(Trigger.POLICY, "", "refund")) == "support"


def test_every_trigger_may_name_its_desk(tmp_path: Path) -> None:
    names = {
        "person_request": Trigger.PERSON_REQUEST,
        "policy": Trigger.POLICY,
        "customers": Trigger.CUSTOMER,
        "tool_failure": Trigger.TOOL_FAILURE,
        "assistant_request": Trigger.ASSISTANT_REQUEST,
        "buying_intent": Trigger.BUYING_INTENT,
        "confidence": Trigger.CONFIDENCE,
    }
    routing = compiled(tmp_path, "".join(f"  {name}: {{desk: sales}}\n" for name in names)).routing
    assert {routing.desk_for(Fired(trigger, "")) for trigger in names.values()} == {"sales"}
    assert len(routing.policy) == len(POLICY_GROUPS)


def test_a_part_of_a_trigger_can_be_off(tmp_path: Path) -> None:
    more = "  customers: {tags: [], lifetime_value: off, accounts: [Globex]}\n"
    more += "  buying_intent: {cart_value: off}\n"
    routing = compiled(tmp_path, more).routing
    assert routing.customers is not None
    assert routing.customers.lifetime_value is None
    assert routing.customers.accounts == {"Globex"}
    assert routing.buying_intent is not None
    assert routing.buying_intent.cart_value is None


def test_hours_are_read_in_the_tenants_own_time_zone(tmp_path: Path) -> None:
    tenant = compiled(
        tmp_path, 'on_call:\n  support:\n    - {days: "mon-wed, fri", from: 09:00, to: 18:00}\n'
    )
    rota = tenant.rota("support")
    assert rota.hours[0].days == {0, 1, 2, 4}
    assert (rota.hours[0].since, rota.hours[0].until) == (time(9), time(18))
    monday_in_madrid = datetime(2026, 7, 6, 7, 30, tzinfo=UTC)
    assert rota.on_call(monday_in_madrid)
    assert not rota.on_call(monday_in_madrid - timedelta(hours=1))
    assert tenant.rota("sales").on_call(monday_in_madrid - timedelta(hours=6))


@pytest.mark.parametrize(
    ("days", "expected"),
    [("sat-mon", {5, 6, 0}), ("[tue, Thursday]", {1, 3}), ("mon", {0}), ("mon-sun", set(range(7)))],
)
def test_days_are_written_as_people_write_them(tmp_path: Path, days: str, expected: set[int]) -> None:
    more = f"on_call:\n  support:\n    - {{days: {days}, from: '22:00', to: '24:00'}}\n"
    [hours] = compiled(tmp_path, more).rota("support").hours
    assert hours.days == expected
    assert hours.until == time(0)


def test_durations_go_from_one_second_up(tmp_path: Path) -> None:
    more = "pages: {repeat_after: 1s, give_up_after: 90m, claim_lease: 2d}\nturns: {gather: 0s}\n"
    tenant = compiled(tmp_path, more)
    assert tenant.pages.repeat_after == timedelta(seconds=1)
    assert tenant.pages.give_up_after == timedelta(minutes=90)
    assert tenant.pages.claim_lease == timedelta(days=2)
    assert tenant.gather == timedelta()
    assert compiled(tmp_path, "turns: {gather: 250ms}\n").gather == timedelta(milliseconds=250)


def test_what_only_looks_like_a_number_stays_text(tmp_path: Path) -> None:
    settings = read(tmp_path, TENANT.replace("Acme Outdoor", "+34600111222").replace("[en]", "[no, en]"))
    assert settings.file.name == "+34600111222"
    assert settings.file.languages == ("no", "en")
    chat = settings.channels["web"].settings
    assert isinstance(chat, Chat)
    assert chat.secret is not None
    assert chat.secret.get_secret_value() == "12345678"


def test_paths_start_where_the_file_stands(tmp_path: Path) -> None:
    installation = load(tmp_path)
    book = installation.tenants["acme"].answerer.settings
    assert isinstance(book, Book)
    assert book.folder == tmp_path / "tenants" / "book"
    assert installation.file.database == f"sqlite:///{tmp_path.resolve()}/var/bridge.db"
    assert installation.tenants_folder == tmp_path / "tenants"


def test_bridge_yaml_is_read_whole(tmp_path: Path) -> None:
    more = "listen: '[::1]:9000'\nadmin_token: 123abc\nlimits: {per_address: 10/s, per_session: 0}\n"
    more += "outbound: {private_hosts: [Intern.example., '::1']}\nroom: {signing_secret: '${ROOM_SECRET}'}\n"
    file = (installation := load(tmp_path, BRIDGE + more)).file
    assert (file.listen.host, file.listen.port) == ("::1", 9000)
    assert file.public_url == "https://bridge.example.com"
    assert file.master_key == b"k" * 32
    assert file.limits.per_address == "10/s"
    assert file.limits.per_session == "0"
    assert file.outbound.private_hosts == ("intern.example", "::1")
    platform: Any = installation.platforms["room"]
    assert platform.signing_secret.get_secret_value() == "room-secret"


def test_without_a_public_address_the_listening_one_counts(tmp_path: Path) -> None:
    bridge = BRIDGE.replace("public_url: https://bridge.example.com/\n", "")
    assert load(tmp_path, bridge).file.public_url == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ("master_key: short", "master_key"),
        ("master_key: 7", "master_key"),
        ("database: mysql://x", "database"),
        ("public_url: bridge.example.com", "public_url"),
        ("public_url: https://user@bridge.example.com", "public_url"),
        ("public_url: https://[", "public_url"),
        ("listen: 8080", "listen"),
        ("listen: localhost:99999", "listen"),
        ("limits: {per_address: 600}", "limits.per_address"),
        ("limits: {per_address: false}", "limits.per_address"),
        ("outbound: {private_hosts: ['http://x']}", "outbound.private_hosts"),
        ("tenants: nowhere", "tenants"),
        ("tenants: bridge.yaml", "tenants"),
        ("rom: {}", "rom"),
        ("room: {}", "room.signing_secret"),
    ],
)
def test_what_is_wrong_in_bridge_yaml_is_named(tmp_path: Path, wrong: str, key: str) -> None:
    kept = [x for x in BRIDGE.splitlines(keepends=True) if not x.startswith(wrong.partition(":")[0] + ":")]
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, "".join(kept) + wrong + "\n")
    assert [problem.key for problem in caught.value.problems] == [key]


def test_dotenv_fills_what_the_environment_leaves_open(tmp_path: Path) -> None:
    lines = f"# keys\nexport MASTER_KEY={KEY}\nCHAT_SECRET='from file'  \nROOM_SECRET=plain # why\n\n"
    (tmp_path / ".env").write_text(lines, "utf-8")
    env = with_dotenv(tmp_path, {"CHAT_SECRET": "from environment"})
    assert env == {"MASTER_KEY": KEY, "CHAT_SECRET": "from environment", "ROOM_SECRET": "plain"}
    assert load_installation(office(tmp_path), SCHEMAS, env).broken == ()


def test_a_broken_dotenv_names_its_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nnonsense\n", "utf-8")
    with pytest.raises(SettingsError, match=r"\.env:2: not an assignment"):
        with_dotenv(tmp_path, ENV)
