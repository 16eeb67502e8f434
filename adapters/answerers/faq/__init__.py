"""The embedded answerer (kind `faq`): a folder of Markdown files, and tools that look things up.

The folder, in any order and depth. A folder named by a language (`en/`, `de/`) gives its files
that language; else it is the tenant's first. Each `## ` heading is one entry:

    ---
    url: https://shop.example/help/delivery     # optional; cited with the answers
    language: en                                # optional
    ---
    ## How long does delivery take?
    Also: When will my parcel arrive? | delivery time
    Url: https://shop.example/help/times        # optional, instead of the file's

    Standard delivery takes 2 to 4 working days.

`Also:` lists other ways to ask, parted by `|`: the better they sound like customers, the more is
answered. A file without `## ` headings is one entry whose `title` is the question and whose `also`
is a list. Files with `kind: smalltalk` hold greetings and thanks, which are answered only
when nothing else was said.

A tool is an HTTP address in the settings (`settings.ToolSettings`): a pattern whose named groups
are the arguments, and a reply template over the JSON that comes back. `{"ok": false}`, an `error`,
a status other than 200, a time-out or a body that isn't JSON is a tool failure.

Never invents: every word sent stands in the folder or in a template. Where the walk goes:
`answerer` (the decision) → `question`, `smalltalk`, `tools`, `library` → `index`, `confidence`.
"""

from collections.abc import Sequence

from aiohttp import ClientTimeout

from adapters.answerers.faq.answerer import FaqAnswerer
from adapters.answerers.faq.folder import FaqFolderError
from adapters.answerers.faq.library import Library
from adapters.answerers.faq.settings import Settings, ToolSettings
from adapters.answerers.faq.tools import MAX_RESULT, Fetch, Tool
from bridge.ports import Host, Outbound

__all__ = ["FaqAnswerer", "FaqFolderError", "Fetch", "Settings", "ToolSettings", "build", "check", "load"]


def build(settings: Settings, host: Host, languages: Sequence[str]) -> FaqAnswerer:
    """Reads the folder and builds the index; tools are called through the guarded client."""
    return load(settings, languages=languages, fetch=_Guarded(host.http))


def load(settings: Settings, *, languages: Sequence[str], fetch: Fetch) -> FaqAnswerer:
    """Reads the folder and builds the index: call it at start, or in a thread, never per turn.

    `languages` are the tenant's, the first to fall back on. Raises FaqFolderError.
    """
    library = Library.read(settings.folder, languages)
    tools = [Tool(tool, languages) for tool in settings.tools]
    return FaqAnswerer(library, tools, fetch)


def check(settings: Settings, public_url: str, platform: object = None) -> list[str]:
    """What is wrong with the folder, in one sentence that names file and line."""
    try:
        Library.read(settings.folder, ["en"])
    except FaqFolderError as error:
        return [str(error)]
    return []


class _Guarded:
    """`Fetch` over the bridge's one HTTP client; reads no more than a look-up may answer."""

    def __init__(self, http: Outbound) -> None:
        self._http = http

    async def __call__(
        self,
        method: str,
        url: str,
        *,
        json: object | None,
        timeout: float,  # noqa: ASYNC109
    ) -> tuple[int, bytes]:
        limit = ClientTimeout(total=timeout)
        async with self._http.session.request(method, url, json=json, timeout=limit) as response:
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > MAX_RESULT:
                    break
            return response.status, bytes(body)
