"""An example of each command, for its help text."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, str] = {
    "run": "reshake run ticket_lifetime --set ticket_lifetime=1h,6h --seeds 4 -o results/lifetime",
    "check": "reshake check promises.py -o results/promises",
    "plot": "reshake plot results/lifetime --figure percentile_lines --format svg",
    "report": "reshake report results/lifetime -o lifetime.html",
    "compare": "reshake compare --native --rtt 31ms",
    "calibrate": "reshake calibrate -o here.json",
    "list": "reshake list --json",
    "show": "reshake show ticket_lifetime",
    "lint": "reshake lint lifetime.py --set lifetime=7d",
    "new": "reshake new lifetime",
    "import": "reshake import nginx.conf -o edge.py",
    "doctor": "reshake doctor",
    "completion": "reshake completion bash >> ~/.bashrc",
}
