"""The report of a batch: one HTML page that needs nothing else, to be sent and kept."""

from .facts import Facts, RunFacts
from .render import html_report

__all__ = ["Facts", "RunFacts", "html_report"]
