"""On-call calendars: iCal, as PagerDuty, Opsgenie and Google export it, fetched and read into shifts.

`fetching` brings the bytes, by address or from a file; `reading` makes shifts of them. What can't be
fetched or read is said and yields nothing: nobody is ever taken to be on call because a calendar is broken.
The walk goes on in `bridge.duty`, which keeps the last copy.
"""

from bridge.calendars.fetching import fetch, is_file
from bridge.calendars.reading import BrokenCalendar, Reading, read_calendar

__all__ = ["BrokenCalendar", "Reading", "fetch", "is_file", "read_calendar"]
