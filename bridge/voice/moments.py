"""Instants in the customer's language and on the customer's clocks, by CLDR (babel).

"Friday, 27 November, 10:00 (Madrid, GMT+1)": the day by its name, the zone by its city and its distance
from GMT at that moment, so that nobody has to guess whose ten o'clock it is.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimePattern, format_time, parse_pattern

from bridge.domain.localtime import known_zone
from bridge.domain.notices import Moment, NoticeFact

_SHORT_DAY = re.compile(r"E{1,3}|c{1,3}")
_COMMAS = {"ar": "، ", "ja": "、", "zh": "，"}
_GMT = {"ar": "غرينتش"}


def in_words(fact: str, value: NoticeFact, language: str) -> str:
    """A fact as the templates get it. A list of times is numbered; `zone` is the zone of an instant alone."""
    if isinstance(value, str):
        return value
    locale = _locale(language)
    if isinstance(value, Moment):
        return _zone(value, locale) if fact == "zone" else f"{_time(value, locale)} ({_zone(value, locale)})"
    return "\n".join(f"{number}. {_time(each, locale)}" for number, each in enumerate(value, 1))


def zone_in_words(moment: Moment, language: str) -> str:
    """The zone's city and its distance from GMT at that moment."""
    return _zone(moment, _locale(language))


def _time(moment: Moment, locale: Locale) -> str:
    local = _local(moment)
    day, clock = _day(local, locale), format_time(local, "short", locale=locale)
    return str(locale.datetime_formats["medium"]).replace("{1}", day).replace("{0}", clock).replace("'", "")


def _day(local: datetime, locale: Locale) -> str:
    skeletons = locale.datetime_skeletons
    pattern = skeletons.get("MMMMEd") or skeletons["MMMEd"]
    return _full_day(str(pattern.pattern)).apply(local, locale)


def _zone(moment: Moment, locale: Locale) -> str:
    if moment.zone in ("UTC", "Etc/UTC", "GMT", "Etc/GMT"):
        return "UTC"
    names = locale.time_zones.get(moment.zone) or {}
    city = names.get("city") or moment.zone.rpartition("/")[2].replace("_", " ")
    return f"{city}{_COMMAS.get(locale.language, ', ')}{_distance(moment, locale)}"


def _distance(moment: Moment, locale: Locale) -> str:
    offset = _local(moment).utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "-" if offset < timedelta(0) else "+"
    return f"{_GMT.get(locale.language, 'GMT')}{sign}{hours}{f':{minutes:02}' if minutes else ''}"


def _local(moment: Moment) -> datetime:
    zone = known_zone(moment.zone)
    return moment.at.astimezone(zone) if zone else moment.at


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    for code in (language, language.partition("-")[0], "en"):
        try:
            return Locale.parse(code, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


@lru_cache(maxsize=64)
def _full_day(pattern: str) -> DateTimePattern:
    return parse_pattern(_SHORT_DAY.sub("EEEE", pattern))
