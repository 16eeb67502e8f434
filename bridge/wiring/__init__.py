"""Joins the parts. The only place that knows them all; the command line calls the functions here."""

from bridge.wiring.commands import (
    audit_export,
    audit_verify,
    calendar_link,
    calendar_revoke,
    connect,
    demo,
    migrate,
    outbox_list,
    outbox_retry,
    serve,
    tenant_apply,
    tenant_list,
    tenant_show,
)
from bridge.wiring.on_call import on_call_report
from bridge.wiring.online import online_checks

__all__ = [
    "audit_export",
    "audit_verify",
    "calendar_link",
    "calendar_revoke",
    "connect",
    "demo",
    "migrate",
    "on_call_report",
    "online_checks",
    "outbox_list",
    "outbox_retry",
    "serve",
    "tenant_apply",
    "tenant_list",
    "tenant_show",
]
