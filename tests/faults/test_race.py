"""Over the same interleavings a check-then-send speaks over the agent, and the bridge does not."""

from tests.faults.race import drawn, foil, product


def test_the_foil_leaks_and_the_bridge_does_not() -> None:
    races = drawn("1", 200)
    assert sum(map(foil, races)) > 20
    assert sum(map(product, races)) == 0
