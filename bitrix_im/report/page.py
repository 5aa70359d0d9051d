"""The page: HTML with everything in it, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from html import escape
from importlib import resources

from . import charts
from .numbers import BUCKETS, Busy, Numbers


def page(
    found: Numbers, *, titles: Mapping[str, str], names: Mapping[int, str], portal: str, zone: str, made: datetime
) -> str:
    """The whole page. What people wrote into names is text here, whatever it looks like."""
    title = f"Messages of {portal}" if portal else "Messages"
    period = f"{found.first:%d %B %Y} to {found.last:%d %B %Y}" if found.first and found.last else "no messages"
    answers = found.answers
    tiles = [
        (f"{found.messages:,}", "messages"),
        (f"{found.dialogs:,}", "dialogs"),
        (f"{found.people:,}", "people"),
        (lasting(answers.median), "until an answer, median"),
        (lasting(answers.p90), "until 90% have an answer"),
    ]
    dialogs = [(_titled(str(busy.key), titles, names), busy) for busy in found.busiest_dialogs]
    people = [(names.get(int(busy.key)) or f"user {busy.key}", busy) for busy in found.busiest_people]
    parts = [
        f"<header><h1>{escape(title)}</h1><p>{escape(period)}, by the clocks of {escape(zone)}</p></header>",
        '<section class="tiles">',
        *(f"<p><b>{escape(value)}</b> {escape(what)}</p>" for value, what in tiles),
        "</section>",
        _figure(
            "Activity",
            f"Messages {charts.step(found.days)}.",
            lambda width: charts.activity(found.days, width),
        ),
        _figure(
            "When", "Messages by weekday and hour: the more, the stronger.", lambda w: charts.hours(found.hours, w)
        ),
        _figure("Answers", _told(found), lambda width: charts.answers(answers.buckets, width)),
        _table("Busiest dialogs", ("Dialog", "Messages", "People", "Median answer"), dialogs),
        _table("Busiest people", ("Name", "Messages", "Dialogs", "Median answer"), people),
        f"<footer>Made by bitrix-im on {made:%Y-%m-%d %H:%M}. Deleted messages are left out; bots and the portal "
        "itself count as activity, not as people. An answer is the time from the first message that somebody writes "
        "in a row until another person writes in the same dialog, within a week. No text of a message is in this "
        "page.</footer>",
    ]
    style = resources.files(__package__).joinpath("page.css").read_text("utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def lasting(seconds: float | None) -> str:
    """A duration in the two units that matter."""
    if seconds is None:
        return "none"
    whole = round(seconds)
    for size, name, smaller, less in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name} {rest} {less}" if rest and whole < 10 * size else f"{whole // size} {name}"
    return f"{whole} s"


def _titled(dialog_id: str, titles: Mapping[str, str], names: Mapping[int, str]) -> str:
    """A private dialog has the name of who is at its other end."""
    other = names.get(int(dialog_id)) if dialog_id.isascii() and dialog_id.isdigit() else None
    return titles.get(dialog_id) or other or dialog_id


def _told(found: Numbers) -> str:
    """What the chart of answers shows, in words."""
    answers = found.answers
    if not answers.count:
        return "Nobody answered anybody within a week."
    hour = sum(count for count, (_, bound) in zip(answers.buckets, BUCKETS, strict=True) if bound <= 3600)
    return (
        f"How soon another person answered in the dialog: {answers.count:,} answers, half of them within "
        f"{lasting(answers.median)}, 90% within {lasting(answers.p90)}, {hour / answers.count:.0%} within the hour."
    )


def _figure(title: str, caption: str, draw: Callable[[float], str]) -> str:
    return (
        f"<section><h2>{title}</h2><p>{caption}</p>"
        f'<figure class="wide">{draw(charts.WIDE)}</figure>'
        f'<figure class="narrow">{draw(charts.NARROW)}</figure></section>'
    )


def _table(title: str, heads: Sequence[str], rows: Sequence[tuple[str, Busy]]) -> str:
    most = max((busy.messages for _, busy in rows), default=1)
    lines = [
        f'<tr><th scope="row">{escape(name)}</th>'
        f'<td class="bar"><i style="width:{busy.messages / most:.1%}"></i></td><td>{busy.messages:,}</td>'
        f'<td class="others">{busy.others:,}</td><td>{lasting(busy.answers.median)}</td></tr>'
        for name, busy in rows
    ]
    name, messages, others, answer = heads
    columns = (
        f'<th scope="col">{name}</th><td class="bar"></td><th scope="col">{messages}</th>'
        f'<th scope="col" class="others">{others}</th><th scope="col">{answer}</th>'
    )
    return (
        f"<section><h2>{title}</h2><table><thead><tr>{columns}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></section>"
    )
