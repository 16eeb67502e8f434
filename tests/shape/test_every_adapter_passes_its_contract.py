"""A new adapter without its contract suite is a failed build: the registry says which there are.

A suite counts when pytest collects it, and when it overrides none of the contract's tests.
"""

import importlib
import inspect
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any

import pytest

import tests.adapters
from adapters.registry import Port, Registry
from tests.contracts.answerer import AnswererContract
from tests.contracts.channel import ChannelContract
from tests.contracts.desk_verbs import DeskVerbsContract
from tests.contracts.push import PushChannelContract

Contract = type[ChannelContract] | type[DeskVerbsContract] | type[AnswererContract]

CONTRACTS: dict[Port, Contract] = {
    "channel": ChannelContract,
    "desk": DeskVerbsContract,
    "answerer": AnswererContract,
}
KINDS = [(port, kind) for port in CONTRACTS for kind in Registry().kinds(port)]
PUSHING = [kind for kind in Registry().kinds("channel") if Registry().module("channel", kind).Adapter.push]


@cache
def modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(tests.adapters.__path__, f"{tests.adapters.__name__}.")
    return [
        importlib.import_module(module.name)
        for module in found
        if module.name.rpartition(".")[2].startswith("test_")
    ]


def suites(contract: type, kind: str) -> list[type]:
    """The test classes that put an adapter of this kind through the contract."""
    classes: list[Any] = [
        found
        for module in modules()
        for name, found in inspect.getmembers(module, inspect.isclass)
        if name.startswith("Test") and found.__module__ == module.__name__ and issubclass(found, contract)
    ]
    return [suite for suite in classes if suite().driver().kind == kind]


def own_tests(contract: type) -> set[str]:
    return {name for name in dir(contract) if name.startswith("test_")}


@pytest.mark.parametrize(("port", "kind"), KINDS)
def test_it_passes_its_contract(port: Port, kind: str) -> None:
    contract = CONTRACTS[port]
    found = suites(contract, kind)
    assert found, f"no test under tests/adapters subclasses {contract.__name__} for the {port} {kind!r}"
    for suite in found:
        changed = [
            name for name in own_tests(contract) if getattr(suite, name) is not getattr(contract, name)
        ]
        assert changed == [], f"{suite.__name__} has its own opinion"


@pytest.mark.parametrize("kind", PUSHING)
def test_a_channel_that_carries_messages_passes_what_that_takes(kind: str) -> None:
    assert suites(PushChannelContract, kind)


def test_there_is_something_to_pass() -> None:
    assert {port for port, _ in KINDS} == set(CONTRACTS)
    assert PUSHING
    for contract in (*CONTRACTS.values(), PushChannelContract):
        assert own_tests(contract)
