"""A customer's plain-words answer to "shall I get you a person?"."""

import pytest

from bridge.domain.signals import read_reply
from tests.domain.signals.cases import PACKS

YES = [
    "yes", "Yes please", "yes, please!", "yeah sure", "ok", "sure, why not", "please do", "go ahead",
    "that would be great, thanks", "yes I would like that", "absolutely", "yep, get me someone",
    "i'd like that", "no problem, go ahead", "y",
    "sí", "si por favor", "sí, por favor", "claro que sí", "vale, gracias", "por supuesto",
    "de acuerdo", "dale", "me parece bien", "sí, quiero hablar con una persona",
    "ja", "ja gerne", "ja, bitte", "Gerne!", "auf jeden Fall", "okay, danke", "das wäre nett",
    "ja, ich möchte mit einem Menschen sprechen", "von mir aus", "klar",
]  # fmt: skip
NO = [
    "no", "no thanks", "No, thank you.", "nope", "not now", "nah I'm good", "no need",
    "I don't want that", "not really", "rather not", "never mind", "no, it's fine",
    "no, gracias", "no hace falta", "mejor no", "ahora no", "para nada",
    "nein", "nein danke", "lieber nicht", "nö", "nicht nötig", "auf keinen Fall", "nein, passt schon",
    "brauche ich nicht",
]  # fmt: skip
NEITHER = [
    "yes but what is the price of the tent?",
    "what are your opening hours?",
    "where is my order",
    "maybe",
    "yes and no",
    "I'm not sure",
    "sí, pero ¿cuánto cuesta?",
    "no sé",
    "ja, aber was kostet das?",
    "vielleicht",
    "no, get me a human",
    "no, where is my order number 4432 from last week",
    "",
    "?",
    "I ordered a tent yesterday and yes it arrived",
]


@pytest.mark.parametrize("text", YES)
def test_a_plain_yes_is_a_yes(text: str) -> None:
    assert read_reply(text, PACKS) == "yes"


@pytest.mark.parametrize("text", NO)
def test_a_plain_no_is_a_no(text: str) -> None:
    assert read_reply(text, PACKS) == "no"


@pytest.mark.parametrize("text", NEITHER)
def test_a_new_question_or_a_mixed_answer_is_neither(text: str) -> None:
    assert read_reply(text, PACKS) is None
