"""What a run has seen, as Markdown: the targets first, then the figures that they were made from."""

from collections.abc import Iterator, Sequence

from bench.figures import Spread, rounded
from bench.measured import Measured
from bench.rounds import Results
from bench.targets import targets


def markdown(measured: Measured) -> str:
    parts = [
        _head(measured),
        _targets(measured),
        _figures("Workloads", measured.workloads),
        _statements(measured),
        _alone(measured),
        _figures("Growth: rows", measured.rows),
        _figures("Growth: turns", measured.turns),
        _figures("Growth: tenants", measured.tenants),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(measured: Measured) -> str:
    told, asked = measured.machine, measured.options
    return (
        f"Measured {told['at'][:10]} at {told['commit']}: {told['processors']} processors, Python "
        f"{told['python']}, PostgreSQL {told['postgresql']}, SQLite {told['sqlite']}; "
        f"{asked['rounds']} rounds of {asked['seconds']:g} s; load average of the machine "
        f"{told['load_before']} before, {told.get('load_after', '–')} after."
    )


def _targets(measured: Measured) -> str:
    rows = [
        (
            each.work,
            each.wanted,
            rounded(each.seen.middle),
            _range(each.seen),
            "met" if each.met else "not met",
        )
        for each in targets(measured)
    ]
    return _table(("work", "target", "median", "least–most", ""), rows)


def _figures(title: str, results: Results) -> str:
    names = (
        "work",
        "at once",
        "on",
        "messages/s",
        "p50 ms",
        "p99 ms",
        "service ms",
        "database ms",
        "load ms",
    )
    figures = ("rate", "p50", "p99", "service", "database", "load")
    rows = [
        (work, str(many), subject, *(_middle(results.of(work, many, subject, each)) for each in figures))
        for work, many, subject in results.windows
    ]
    if not rows:
        return ""
    said = (
        f"{title}: medians of the rounds. service, database, load: processor time a message of the process, "
        "of PostgreSQL, and of the load generator with its fakes (which is no part of the cost)."
    )
    return f"{said}\n\n{_table(names, rows)}"


def _statements(measured: Measured) -> str:
    rows = []
    for (work, many), (messages, tally) in measured.statements.items():
        each = [rounded(n / messages) for n in (tally.statements, tally.commits, tally.reads)]
        rows.append((work, str(many), str(messages), *each))
    if not rows:
        return ""
    names = ("work", "at once", "messages", "statements", "commits", "reads outside a transaction")
    said = "What one message takes on PostgreSQL, by its log (BEGIN and COMMIT count as statements)."
    return f"{said}\n\n{_table(names, rows)}"


def _alone(measured: Measured) -> str:
    rows = [
        (
            name,
            *(_middle([getattr(each, figure) for each in seen]) for figure in ("rate", "p50", "p99", "cost")),
        )
        for name, seen in measured.recorder.items()
    ]
    if not rows:
        return ""
    text = _table(("recorder alone", "events/s", "p50 ms", "p99 ms", "processor ms"), rows)
    for side, seconds in measured.race.items():
        text += f"\n\n100 claimers, {side}: {Spread.of([each * 1e3 for each in seconds])} ms"
    for name, streams in measured.streams.items():
        text += f"\n\nidle event streams, {name}: {rounded(streams.each)} kB each ({streams.many:,} open)"
    return text


def _middle(values: Sequence[float]) -> str:
    return rounded(Spread.of(values).middle)


def _range(seen: Spread) -> str:
    return f"{rounded(seen.least)}–{rounded(seen.most)}"


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(_lines(names, rows))


def _lines(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
