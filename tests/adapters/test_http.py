"""What every HTTP adapter reads: JSON and forms that a stranger may have made to break it."""

import json
from urllib.parse import urlencode

import pytest
from aiohttp import web

from adapters.http import MAX_DEPTH, parse_form, parse_json


def nested(depth: int, within: str = "0") -> bytes:
    return b'{"a":' * depth + within.encode() + b"}" * depth


@pytest.mark.parametrize("within", ["0", '"\\u0000"', '"x"'])
def test_an_object_is_nested_so_deep_and_no_deeper(within: str) -> None:
    assert parse_json(nested(MAX_DEPTH - 1, within))
    with pytest.raises(web.HTTPBadRequest):
        parse_json(nested(MAX_DEPTH + 1, within))
    with pytest.raises(web.HTTPBadRequest):
        parse_json(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"a\u0000b"', "a�b"),
        (r'"\ud83c"', "�"),
        (r'"\uD83C\uDF32"', "🌲"),
        (r'"\u00fc \\u0000"', "ü \\u0000"),
        ('"🌲"', "🌲"),
    ],
)
def test_texts_are_such_as_a_database_stores(written: str, read: str) -> None:
    assert parse_json(f'{{"a": [{{"b": {written}}}]}}'.encode())["a"][0]["b"] == read
    assert parse_json(f'{{{written}: "{"x" * 10}"}}'.encode()) == {read: "xxxxxxxxxx"}


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b'{"a":NaN}', b'{"a":1,"a":2}', b'{"a":"\x00"}', b"\xff"])
def test_what_is_no_object(body: bytes) -> None:
    with pytest.raises(web.HTTPBadRequest):
        parse_json(body)


def test_a_form() -> None:
    payload = json.dumps({"text": "ü & 🌲 + %zz"})
    assert parse_form(urlencode({"payload": payload, "b": ""}).encode()) == {"payload": payload, "b": ""}


@pytest.mark.parametrize("body", [b"", b"\xff=1", b"a=1&a=2", b"&".join(b"f%d=1" % i for i in range(51))])
def test_what_is_no_form(body: bytes) -> None:
    with pytest.raises(web.HTTPBadRequest):
        parse_form(body)
