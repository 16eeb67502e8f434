"""`python -m bench`: measures the bridge against its floors and prints the tables."""

import asyncio
import json
import sys

from bench.options import read
from bench.profile import profile
from bench.report import markdown
from bench.run import run


def main() -> int:
    options = read()
    if options.profile is not None:
        asyncio.run(profile(options, options.profile))
        return 0
    measured = asyncio.run(run(options))
    if options.json is not None:
        options.json.write_text(json.dumps(measured.as_json(), indent=1) + "\n", "utf-8")
    tables = markdown(measured)
    if options.markdown is not None:
        options.markdown.write_text(tables, "utf-8")
    print(tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
