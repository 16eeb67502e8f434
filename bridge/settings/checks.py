"""What is legal in the settings and still unwise: each as a problem with its mend, for `check`.

Never stops a running bridge; what would do harm is an error in `reading` instead.
"""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from bridge.domain.policy import POLICY_GROUPS
from bridge.domain.signals import available_languages
from bridge.settings.adapted import Adapted
from bridge.settings.document import Document
from bridge.settings.problems import Problem, spell
from bridge.settings.reading import Installation, TenantSettings
from bridge.settings.schemas import Port, Schemas

_EXPLICIT = ("person_request", "customers", "tool_failure", "assistant_request", "buying_intent")
"""The sections of triggers that can be off, confidence and policy aside."""


def notes(installation: Installation, schemas: Schemas) -> list[Problem]:
    """What an admin may well mean, and should know: nothing is wrong with it."""
    found: list[Problem] = []
    for tenant in installation.tenants.values():
        found += [*_groups_off(tenant), *_not_used_yet(tenant), *_of_desks(tenant, schemas)]
    return found


def warnings(installation: Installation, schemas: Schemas) -> list[Problem]:
    """Everything unwise in bridge.yaml and in the tenants' files below it."""
    found = list(_installation(installation))
    for tenant in installation.tenants.values():
        found += tenant_warnings(tenant, installation, schemas)
    return found


def tenant_warnings(tenant: TenantSettings, installation: Installation, schemas: Schemas) -> list[Problem]:
    return [
        *_routing(tenant),
        *_languages(tenant),
        *_plain_http(tenant.document, installation.file.outbound.private_hosts),
        *_adapters(tenant, installation, schemas),
    ]


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _installation(installation: Installation) -> Iterator[Problem]:
    document = installation.document
    address = urlsplit(installation.file.public_url)
    if address.scheme != "https" and not is_loopback(address.hostname or ""):
        why = "plain http, so anybody on the way can read and change what customers write"
        yield document.problem(("public_url",), why, "write https:// and let your proxy hold the certificate")
    yield from _plain_http(document, installation.file.outbound.private_hosts)


def _routing(tenant: TenantSettings) -> Iterator[Problem]:
    routing, document = tenant.file.routing, tenant.document
    groups = {group.group for group in routing.policy.groups}
    confident = routing.confidence is not None
    if confident and not groups and all(getattr(routing, name) is None for name in _EXPLICIT):
        why = "only the confidence trigger is left on, and a score says nothing of what a customer expects"
        yield document.problem(("routing",), why, "turn the explicit triggers on again: take out their 'off'")
    elif confident and not groups:
        why = "confidence stands above the policy: a score now decides on refunds, legal and medical matters"
        yield document.problem(("routing", "policy"), why, "take out 'policy: off'")


def _groups_off(tenant: TenantSettings) -> Iterator[Problem]:
    groups = {group.group for group in tenant.file.routing.policy.groups}
    off = [name for name in POLICY_GROUPS if name not in groups] if groups else []
    if off:
        why = f"off are {', '.join(off)}: the assistant answers such questions itself"
        yield tenant.document.problem(
            ("routing", "policy"), why, f"add - {{group: {off[0]}}} where it is not meant"
        )


def _not_used_yet(tenant: TenantSettings) -> Iterator[Problem]:
    for section in ("retention",):
        if (section,) in tenant.document.lines:
            yield tenant.document.problem((section,), "kept, and not used by this version yet")


def _of_desks(tenant: TenantSettings, schemas: Schemas) -> Iterator[Problem]:
    for name, adapted in tenant.desks.items():
        note = getattr(schemas.module("desk", adapted.kind), "note", None)
        if words := note(adapted.settings) if note else "":
            why, _, mend = str(words).partition("; ")
            yield tenant.document.problem(("desks", name), why, mend)


def _languages(tenant: TenantSettings) -> Iterator[Problem]:
    known = available_languages()
    for index, language in enumerate(tenant.file.languages):
        if language.partition("-")[0] not in known:
            why = f"no requests for a person, refunds or complaints are detected in {language}"
            mend = f"known are {', '.join(known)}; for others, add keywords to the policy groups"
            yield tenant.document.problem(("languages", index), why, mend)


def _plain_http(document: Document, private_hosts: Iterable[str]) -> Iterator[Problem]:
    """Addresses that the bridge would call. `origins` are where customers come from instead."""
    for path in document.written:
        value = document.value(path)
        if path[0] == "public_url" or "origins" in path or not isinstance(value, str):
            continue
        if value.lower().startswith("http://") and _host(value) not in private_hosts:
            why = f"plain http to {_host(value) or 'an unknown host'}, which is not a private host"
            yield document.problem(path, why, "write https://, or add it to outbound.private_hosts")


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _adapters(tenant: TenantSettings, installation: Installation, schemas: Schemas) -> Iterator[Problem]:
    """What an adapter finds wrong with its own section, beyond what its types can say."""
    sections: list[tuple[Port, tuple[str, ...], Adapted]] = [
        *(("channel", ("channels", name), adapted) for name, adapted in tenant.channels.items()),
        *(("desk", ("desks", name), adapted) for name, adapted in tenant.desks.items()),
        ("answerer", ("answerer",), tenant.answerer),
    ]
    for port, path, adapted in sections:
        check = getattr(schemas.module(port, adapted.kind), "check", None)
        platform = installation.platforms.get(adapted.kind)
        for finding in check(adapted.settings, installation.file.public_url, platform) if check else ():
            why, _, mend = str(finding).partition("; ")
            yield tenant.document.problem(path, why, mend)


def differences(file: TenantSettings, stored: TenantSettings) -> list[Problem]:
    """Where a tenant's file is not what the stored version says: the stored one counts.

    Compared as written, before `${NAME}` is filled in; values are not shown, they may be secrets.
    """
    here, there = file.document, stored.document
    mend = f"apply the file: handoff-bridge tenant apply {file.source}"
    changed = [
        path
        for path in here.written
        if path not in there.written or here.written[path] != there.written[path]
    ]
    gone = [path for path in there.written if path not in here.written]
    return [
        *(here.problem(path, "differs from the stored version", mend) for path in changed),
        *(
            Problem(file.source, here.line(path), spell(path), "stands only in the stored version", mend)
            for path in gone
        ),
    ]
