"""An example of each command, for its help text."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, str] = {
    "run": "reshake run ticket_lifetime --set ticket_lifetime=1h,6h --seeds 4 -o results/lifetime",
    "resume": "reshake resume results/lifetime --workers 4",
    "export": "reshake export results/lifetime --format csv --table attempts",
    "diff": "reshake diff results/lifetime results/lifetime --a ticket_lifetime=30min --b ticket_lifetime=4h",
    "check": "reshake check promises.py -o results/promises",
    "audit": "reshake audit results/lifetime",
    "hunt": "reshake hunt promises.py --faults partition,restart --budget 10min",
    "plot": "reshake plot results/lifetime --figure percentile_lines --format svg",
    "report": "reshake report results/lifetime -o lifetime.html",
    "replay": "reshake replay results/lifetime --run seed=3,ticket_lifetime=1h --attempt 0 --pcap --keylog --trace",
    "compare": "reshake compare --native --rtt 31ms",
    "calibrate": "reshake calibrate -o here.json",
    "list": "reshake list --json",
    "show": "reshake show ticket_lifetime",
    "lint": "reshake lint lifetime.py --set lifetime=7d",
    "new": "reshake new lifetime",
    "import": "reshake import nginx.conf -o edge.py",
    "fit": "reshake fit access.log --backtest edge.py -o traffic.py",
    "advise": "reshake advise key_rotation --constraint 'exposure<=12h' --maximize resumed -o results/advice",
    "doctor": "reshake doctor",
    "completion": "reshake completion bash >> ~/.bashrc",
}
