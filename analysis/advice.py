"""Which of the policies of a batch is best under constraints, and which others are worth a look.

Every policy is run with the same seeds (common random numbers), so that differences between two are differences of the
policies. A constraint counts as met only if the whole interval of its quantity is on the right side.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from .estimates import Estimate, over_seeds
from .exposure import exposure
from .groups import called, label_of
from .paired import difference
from .quantities import ALL, Quantity, fold, quantity_named, varied
from .tables import ResultTables
from .timeline import span_label

_HOUR = 3_600.0
_SPAN = 300.0  # Seconds from which a time is told in minutes.

EXPOSURE = Quantity(
    name="exposure",
    title="exposure",
    phrase="the time that one stolen key exposes",
    axis="connections that one stolen ticket key exposes",
    of_run=lambda _: math.nan,  # Of keys, not of visits.
    is_share=False,
    more_is_better=False,
)

SHORT = {
    "resumed": "resumed_share",
    "failed": "failed_share",
    "honoured": "honoured_share",
    "early": "early_share",
    "p50": "first_byte_p50",
    "p95": "first_byte_p95",
    "p99": "first_byte_p99",
    "mean": "first_byte_mean",
    "cpu": "server_compute",
    "chain": "oldest_chain",
}
"""What quantities may be called besides."""


def measure_named(name: str) -> Quantity:
    """A quantity that advice can be about, by its name or a short one.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> measure_named("p99").name, measure_named("exposure").more_is_better
    ('first_byte_p99', False)
    """
    known = (*ALL, EXPOSURE)
    try:
        return quantity_named(SHORT.get(name, name), known)
    except ValueError:
        names = ", ".join([*SHORT, *(each.name for each in known)])
        raise ValueError(f"there is no quantity {name!r}; there is {names}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What a policy must keep.

    Parameters
    ----------
    quantity
        Of a run.
    at_most
        Whether `limit` is the most that it may be; else it is the least.
    limit
        A share (0 to 1), or seconds.
    """

    quantity: Quantity
    at_most: bool
    limit: float

    @property
    def name(self) -> str:
        """What it limits, in a sentence."""
        return self.quantity.title.replace(",", "")

    def __str__(self) -> str:
        return f"{self.name} {'at most' if self.at_most else 'at least'} {_amount(self.quantity, self.limit)}"

    def judge(self, found: Estimate) -> Literal["met", "perhaps", "broken"]:
        """Whether an estimate keeps it: with its whole interval, with its mean only, or not. No value keeps nothing."""
        sign = 1.0 if self.at_most else -1.0
        if math.isnan(found.mean) or sign * (found.mean - self.limit) > 0:
            return "broken"
        worst = (found.high if self.at_most else found.low) if found.has_interval else found.mean
        return "met" if sign * (worst - self.limit) <= 0 else "perhaps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A combination of parameters and what came of it.

    Parameters
    ----------
    values
        Of the parameters that vary.
    found
        Values by seed, of each quantity that is asked about.
    """

    values: Mapping[str, object]
    found: Mapping[str, Mapping[int, float]] = field(repr=False)

    @property
    def label(self) -> str:
        """Its values in words."""
        told = (f"{called(name)} {label_of(value, of=name)}" for name, value in self.values.items())
        return ", ".join(told) or "as it is"

    @property
    def short(self) -> str:
        """Its values alone."""
        return ", ".join(label_of(value, of=name) for name, value in self.values.items()) or "as it is"

    def estimate(self, quantity: Quantity) -> Estimate:
        """Of a quantity, over seeds."""
        return over_seeds(self.found[quantity.name].values()).within(0.0, 1.0 if quantity.is_share else math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What is to be said of a batch of policies.

    Parameters
    ----------
    objective, constraints
        What was asked.
    policies
        All, in the order of the grid.
    front
        Those that no other beats in every quantity that was asked about.
    best
        Of those that meet all constraints with their whole intervals the one with the best mean; None: there is none.
    level
        Others that meet them and that the seeds do not tell apart from the best.
    """

    objective: Quantity
    constraints: tuple[Constraint, ...]
    policies: tuple[Policy, ...]
    front: tuple[Policy, ...]
    best: Policy | None
    level: tuple[Policy, ...]

    def judge(self, policy: Policy) -> Literal["met", "perhaps", "broken"]:
        """The worst that any constraint says of a policy."""
        said = [each.judge(policy.estimate(each.quantity)) for each in self.constraints]
        return next((each for each in ("broken", "perhaps") if each in said), "met")


def advise(results: ResultTables, objective: Quantity, constraints: Sequence[Constraint]) -> Advice:
    """Searches the policies of a batch.

    Parameters
    ----------
    results
        A batch whose grid is the space of policies.
    objective
        What is to be as large, or as small, as an operator wants it.
    constraints
        What must be kept; may be none.

    Raises
    ------
    ValueError
        If there are no attempts, or a policy has no value of the objective.
    """
    asked = list(dict.fromkeys([objective, *(each.quantity for each in constraints)]))
    policies = tuple(_policies(results, asked))
    if all(math.isnan(policy.estimate(objective).mean) for policy in policies):
        raise ValueError(f"no policy has a value of {objective.name}: nothing happened that it is about")
    bare = Advice(objective=objective, constraints=tuple(constraints), policies=policies, front=(), best=None, level=())
    front = tuple(policy for policy in policies if not any(_beats(other, policy, asked) for other in policies))
    kept = [policy for policy in policies if bare.judge(policy) == "met" and policy.estimate(objective).seeds]
    sign = 1.0 if objective.more_is_better else -1.0
    # Of equals, one that does nothing else worse.
    best = max(kept, key=lambda each: (sign * each.estimate(objective).mean, each in front)) if kept else None
    level = () if best is None else tuple(each for each in kept if each is not best and _level(best, each, objective))
    return Advice(
        objective=objective,
        constraints=tuple(constraints),
        policies=policies,
        front=front,
        best=best,
        level=level,
    )


def _policies(results: ResultTables, asked: Sequence[Quantity]) -> list[Policy]:
    names = varied(results)
    folded = fold(results)
    exposed = exposure(results) if EXPOSURE in asked else None
    made = []
    for values in itertools.product(*(results.parameters[name] for name in names)):
        chosen = dict(zip(names, values, strict=True))
        found = {
            each.name: {int(str(seed)): value for seed, value in each.by_seed(_of(folded, chosen)).items()}
            for each in asked
            if each is not EXPOSURE
        }
        if exposed is not None:
            hours = _of(exposed, chosen).groupby("seed")["hours"].max()
            found[EXPOSURE.name] = {int(str(seed)): float(value) * _HOUR for seed, value in hours.items()}
        made.append(Policy(values=chosen, found=found))
    return made


def _of(frame: pd.DataFrame, chosen: Mapping[str, object]) -> pd.DataFrame:
    for name, value in chosen.items():
        frame = frame[frame[name] == value]
    return frame


def _level(best: Policy, other: Policy, objective: Quantity) -> bool:
    apart = difference(best.found[objective.name], other.found[objective.name]).mean
    return not apart.has_interval or not apart.excludes(0.0)


def _beats(one: Policy, other: Policy, asked: Sequence[Quantity]) -> bool:
    """Whether the means of `one` are as good in everything and better in something."""
    better = False
    for quantity in asked:
        sign = 1.0 if quantity.more_is_better else -1.0
        more = sign * (one.estimate(quantity).mean - other.estimate(quantity).mean)
        if not more >= 0:
            return False
        better |= more > 0
    return better


def _amount(quantity: Quantity, value: float) -> str:
    return span_label(value) if not quantity.is_share and value >= _SPAN else quantity.label(value)


def estimate_text(quantity: Quantity, estimate: Estimate) -> str:
    """An estimate with its unit and its error, minutes, hours and days as such."""
    if not quantity.is_share and estimate.mean >= _SPAN:
        error = f" ±{span_label(estimate.error)}" if estimate.has_interval else ""
        return f"{span_label(estimate.mean)}{error}"
    return " ".join(quantity.estimate_label(estimate)).strip()


def headline(advice: Advice) -> str:
    """The advice in a sentence; of none why there is none."""
    objective = advice.objective
    under = " and ".join(map(str, advice.constraints))
    if advice.best is None:
        reached = "; ".join(_nearest(advice, each) for each in advice.constraints)
        perhaps = [policy for policy in advice.policies if advice.judge(policy) == "perhaps"]
        more = f" {perhaps[0].label} may, with more seeds." if perhaps else ""
        return f"No policy keeps {under}. {reached[:1].upper()}{reached[1:]}.{more}"
    text = f"{advice.best.label}: {objective.title} {estimate_text(objective, advice.best.estimate(objective))}"
    if under:
        text += f", with {under}"
    return f"{text}."


def finding(advice: Advice) -> str:
    """The headline, and what is as good."""
    text = headline(advice)
    if advice.best is not None and advice.level:
        names = "; ".join(policy.label for policy in advice.level[:3])
        more = f" and {len(advice.level) - 3} more" if len(advice.level) > 3 else ""
        text += f" As good, as far as these seeds tell: {names}{more}."
    return text


def _nearest(advice: Advice, constraint: Constraint) -> str:
    sign = 1.0 if constraint.at_most else -1.0
    known = [policy for policy in advice.policies if policy.estimate(constraint.quantity).seeds]
    if not known:
        return f"no policy has a value of {constraint.name}"
    nearest = min(known, key=lambda policy: sign * policy.estimate(constraint.quantity).mean)
    found = _amount(constraint.quantity, nearest.estimate(constraint.quantity).mean)
    return f"the {'least' if constraint.at_most else 'most'} of {constraint.name} is {found} ({nearest.label})"
