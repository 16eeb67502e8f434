"""The contract suites are tests too: their assertions say what they compared."""

import pytest

pytest.register_assert_rewrite("tests.contracts")
