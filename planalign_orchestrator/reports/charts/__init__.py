"""Charts as SVG text: functions from data to a picture that stands inside an HTML page and takes its colors from it.

Measured for the choice (Python 3.11, 14 charts, CPU and memory above the 9 MiB of an empty process): pygal 3.1.3 0.3 s,
10 MiB; matplotlib 3.11.2's SVG backend 3.2 s, 78 MiB; altair 6.3 with vl-convert 1.9 2.8 s, 177 MiB. The last two cost
about half of what a run of 1,000 people over five years does. pygal is light, but every chart carries a script, a style
sheet and the day it was made, so a page would have to allow scripts and would differ from day to day; it cannot mark an
assumption on a bar, draw a bridge, or write a label beside a bar.

No color stands in a chart: shapes have the classes ``s1`` … ``s7`` (unordered groups) or ``o1`` … ``o6`` (ordered
ones), text ``ink``, ``muted`` or ``on-…``, and ``templates/style.css`` says what they look like on light, dark and
paper.
"""

from planalign_orchestrator.reports.charts.bars import Bar, bars, bridge
from planalign_orchestrator.reports.charts.drawing import Series, Spot, columns, lines, sparkline, spots, spread, tone

__all__ = [
    "Bar", "Series", "Spot", "bars", "bridge", "columns", "lines", "sparkline", "spots", "spread", "tone",
]  # fmt: skip
