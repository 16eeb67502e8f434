"""handoff-bridge: the bridge between a company's AI and its people.

The walk: `router` receives, `domain.decide` decides, `recorder` records, `dispatcher` delivers.
"""

__version__ = "0.1.0"
