"""The same exchanges twice: over real sockets of this machine, and in the simulation.

`Plan` says which exchanges. `over_sockets` makes them with real bytes on 127.0.0.1, `simulated` in
virtual time; both give one `Observed` per exchange, which `Comparison` sets side by side.
"""

from .comparison import Comparison
from .observed import Observed
from .plan import Plan
from .simulation import simulated
from .sockets import over_sockets

__all__ = ["Comparison", "Observed", "Plan", "over_sockets", "simulated"]
