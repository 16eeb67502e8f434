"""What a template may contain: words, facts, `if`, and a few filters.

Templates are rendered inside a transaction, so none may be able to run long, to grow large or to
reach anything but its facts. Loops, calls, attributes and imports are not in the grammar at all; the
sandbox below is the second wall.
"""

from collections.abc import Iterator, Sequence

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

FILTERS = ("capitalize", "d", "default", "lower", "title", "trim", "truncate", "upper")
MAX_SOURCE = 16_000

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Filter,
    nodes.Keyword,
)

_ENVIRONMENT = ImmutableSandboxedEnvironment(
    autoescape=False,  # plain text: every channel escapes what it shows
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=(),
)


class BadTemplate(ValueError):
    """Why a template is not accepted, with the line."""

    def __init__(self, line: int, why: str, mend: str) -> None:
        super().__init__(why)
        self.line = line
        self.mend = mend


def compile_template(source: str, facts: Sequence[str]) -> Template:
    """Raises BadTemplate for anything outside the grammar or an unknown fact."""
    if len(source) > MAX_SOURCE:
        raise BadTemplate(1, f"longer than {MAX_SOURCE} characters", "shorten it")
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        raise BadTemplate(error.lineno, error.message or "not a template", "mend the braces") from None
    except RecursionError:
        raise BadTemplate(1, "nested too deeply", "make it flatter") from None
    for node in _walk(tree):
        _check(node, facts)
    return _ENVIRONMENT.from_string(tree)


def _walk(tree: nodes.Node) -> Iterator[nodes.Node]:
    yield tree
    for child in tree.iter_child_nodes():
        yield from _walk(child)


def _check(node: nodes.Node, facts: Sequence[str]) -> None:
    if not isinstance(node, _ALLOWED):
        why = f"'{type(node).__name__.lower()}' is not allowed in a template"
        raise BadTemplate(node.lineno, why, "use words, {{ fact }} and {% if fact %} alone")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        why = f"the filter {node.name} is not allowed"
        raise BadTemplate(node.lineno, why, f"known are {', '.join(FILTERS)}")
    if isinstance(node, nodes.Name) and node.name not in facts:
        why = f"there is no fact {node.name}"
        raise BadTemplate(node.lineno, why, f"known are {', '.join(facts)}")
