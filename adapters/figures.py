"""A desk's last week in one line, in words that every desk uses; for the agent who looks."""

from bridge.ports import DeskFigures


def figures_words(figures: DeskFigures) -> str:
    if not figures.handoffs:
        return "Last 7 days: nobody was handed off to this desk."
    parts = [
        f"Last 7 days: {figures.handoffs} handed off here, {figures.claimed} claimed, {figures.mine} by you"
    ]
    if figures.claim_seconds is not None:
        parts.append(f"you claimed {_span(figures.claim_seconds)} after the page (median)")
    if figures.reply_seconds is not None:
        share = figures.within_30s / figures.replied
        parts.append(f"answered after {_span(figures.reply_seconds)}, {share:.0%} within 30 s")
    return " · ".join(parts)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"
