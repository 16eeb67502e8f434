"""Settings: bridge.yaml and the tenants' files, from text to checked values.

Every problem is one line with file, line, key, why and mend; all are collected before any is raised.
The adapters' own sections are read by the schemas that live beside them, given as `Schemas`. It must
never reach for the network or a database. The core gets a tenant as `compile_tenant` makes it.
"""

from bridge.settings.adapted import Adapted
from bridge.settings.checks import differences, is_loopback, notes, tenant_warnings, warnings
from bridge.settings.compiling import compile_tenant
from bridge.settings.environment import with_dotenv
from bridge.settings.installation import BridgeFile, Limits
from bridge.settings.patching import with_values
from bridge.settings.problems import Problem, SettingsError, UnknownTenant
from bridge.settings.reading import (
    Installation,
    TenantSettings,
    load_installation,
    read_file,
    read_tenant,
)
from bridge.settings.schemas import Port, Schemas
from bridge.settings.tenant import TenantFile
from bridge.settings.values import Listen

__all__ = [
    "Adapted",
    "BridgeFile",
    "Installation",
    "Limits",
    "Listen",
    "Port",
    "Problem",
    "Schemas",
    "SettingsError",
    "TenantFile",
    "TenantSettings",
    "UnknownTenant",
    "compile_tenant",
    "differences",
    "is_loopback",
    "load_installation",
    "notes",
    "read_file",
    "read_tenant",
    "tenant_warnings",
    "warnings",
    "with_dotenv",
    "with_values",
]
