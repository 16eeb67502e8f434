"""Text between two worlds: what people write in Teams, and foreign words on cards and in threads."""

import pytest

from adapters.desks.teams.wording import escaped, inert, read_html, shown_name, spoken

BOTS = frozenset({"handoff bridge"})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<p>Hello &amp; &lt;3</p>", "Hello & <3"),
        ("<div><div>one</div><div>two</div></div>", "one\ntwo"),
        ("<p>one</p><p>&nbsp;</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ('<p><span itemtype="http://schema.skype.com/Mention">Handoff Bridge</span>&nbsp;hello</p>', "hello"),
        ("<p><at id=0>Handoff Bridge</at> hello <at id=1>Ben</at></p>", "hello @Ben"),
        ('<p>see <a href="https://acme.example/x">our page</a></p>', "see our page (https://acme.example/x)"),
        ('<p><a href="https://acme.example/">https://acme.example</a></p>', "https://acme.example"),
        ('<p>good <img alt="😀" src="x"> and <emoji alt="👍"></emoji></p>', "good 😀 and 👍"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<p>&amp;lt;b&amp;gt; stays</p>", "&lt;b&gt; stays"),
        ("<script>alert(1)</script><p>x</p>", "x"),
        ('<attachment id="1"></attachment><p>with a card</p>', "with a card"),
        ("<p>broken <b>html", "broken html"),
    ],
)
def test_html_becomes_what_its_writer_saw(content: str, words: str) -> None:
    assert read_html(content, BOTS) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<at>Handoff Bridge</at> hello", "hello"),
        ("hello <at>Ben</at>", "hello @Ben"),
        ("a < b & c", "a < b & c"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_plain_text_loses_only_the_call_to_the_bot(text: str, words: str) -> None:
    assert spoken(text, BOTS) == words


@pytest.mark.parametrize("live", ["<at>Ana</at>", "</AT>", "{{DATE(2026-01-01T00:00:00Z)}}", "{{ time(x)}}"])
def test_what_a_card_would_act_on_is_parted(live: str) -> None:
    assert inert(live) != live
    assert inert(live).replace("\u2060", "") == live


@pytest.mark.parametrize("words", ["{{ 7*7 }}", "a < b", "@everyone", "**bold** [a](b)"])
def test_what_is_harmless_in_a_text_run_stays_to_the_letter(words: str) -> None:
    assert inert(words) == words


def test_a_message_is_exact_and_never_markup() -> None:
    assert escaped("a <b>&\nc") == "a &lt;b&gt;&amp;<br/>c"


def test_a_name_in_a_mention_can_not_leave_it() -> None:
    assert shown_name("</at><at>Ben") == "/atatBen"
    assert shown_name("**") == "a colleague"
