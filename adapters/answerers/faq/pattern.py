"""Regular expressions from settings, refused when a message could keep one busy.

Python's `re` backtracks without a limit, and one bad pattern would stop the event loop for every
tenant. So a pattern's cost, the number of ways in which it can try one position, is counted from
its parse tree before it is used, and the text it reads is bounded.
"""

import re
from importlib import import_module
from typing import Any

MAX_TEXT = 1_000
"""What a pattern gets to read, in characters."""
MAX_COST = 10_000
"""At most this many tries at each of MAX_TEXT positions: some tenths of a second at worst."""

# The parser of `re` itself; it has no public name. A walk over source text would be a guess.
_parser: Any = import_module("re._parser")
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_MEND = "write bounds such as {1,12} instead of + or *"


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, read without case. ValueError when it is wrong, or could take long."""
    try:
        cost = _cost(_parser.parse(pattern, re.IGNORECASE))
        made = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    except (OverflowError, RecursionError):
        raise ValueError("the regular expression is too large; make it simpler") from None
    if cost > MAX_COST:
        raise ValueError(f"the regular expression could take too long; {_MEND}")
    return made


def _cost(tree: Any) -> int:
    """In how many ways a sequence can match at one position; capped just above MAX_COST."""
    cost = 1
    for operation, argument in tree:
        cost = min(cost * _cost_of(str(operation), argument), MAX_COST + 1)
    return cost


def _cost_of(operation: str, argument: Any) -> int:
    if operation in _REPEATS:
        low, high, body = argument
        times = min(int(high), MAX_TEXT)
        inner = _cost(body)
        if inner == 1:
            return max(times - min(int(low), times) + 1, 1)
        return MAX_COST + 1 if times > 12 else min(sum(inner**n for n in range(times + 1)), MAX_COST + 1)
    if operation == "BRANCH":
        return sum(_cost(branch) for branch in argument[1])
    if operation == "SUBPATTERN":
        return _cost(argument[3])
    if operation == "ATOMIC_GROUP":
        return _cost(argument)
    if operation in {"ASSERT", "ASSERT_NOT"}:
        return _cost(argument[1])
    if operation == "GROUPREF_EXISTS":
        return _cost(argument[1]) + (_cost(argument[2]) if argument[2] else 1)
    return 1
