"""A tenant's own policy words."""

import pytest

from bridge.domain.signals import find_keywords


@pytest.mark.parametrize(
    ("text", "keywords", "found"),
    [
        ("We start a Class  Action!", ["class action"], "Class  Action"),
        ("no class action, please", ["class action"], "class action"),
        ("a class-action suit", ["class action"], "class-action"),
        ("first-class actions", ["class action"], None),
        ("el DIVORCIÓ fue ayer", ["divorcio"], "DIVORCIÓ"),
        ("Kündigung!", ["kundigung"], "Kündigung"),
        ("die Straße", ["strasse"], "Straße"),
        ("recalled", ["recall"], None),
        ("a recall.", ["other", "recall"], "recall"),
        ("我要退款谢谢", ["退款"], "退款"),
        ("ขอเงินคืนหน่อย", ["เงินคืน"], "เงินคืน"),
        ("أريد محامي الآن", ["محامي"], "محامي"),
        ("price is $$$ (net)", ["(net)"], "(net)"),
        ("anything", [], None),
        ("anything", ["", "  "], None),
    ],
)
def test_a_keyword_is_a_whole_word_in_the_customers_own_spelling(
    text: str, keywords: list[str], found: str | None
) -> None:
    assert find_keywords(text, keywords) == found


def test_the_one_that_comes_first_in_the_text_is_shown() -> None:
    assert find_keywords("beta before alpha", ["alpha", "beta"]) == "beta"
