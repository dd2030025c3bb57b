"""The shipped rollout: what does harm is stopped, what does none goes through, and the answer says so."""

from pathlib import Path

from reshake.scenarios import staged_rollout

import reshake as rs


def test_harm_is_stopped_and_spares_more_than_it_costs(tmp_path: Path) -> None:
    results = rs.Study(
        staged_rollout.scenario,
        change=["nothing", "own keys"],
        rollout=["judged", "pushed through"],
        count=150,
    ).run(tmp_path, progress=False)
    stopped = staged_rollout.stops(results)
    assert stopped["nothing", 0] == "never"
    assert stopped["own keys", 0] in ("1 %", "10 %")
    lost = staged_rollout.harm(results)["lost"]
    assert lost["nothing", "judged"] == lost["nothing", "pushed through"] == 0
    assert lost["own keys", "judged"] < 0.3 * lost["own keys", "pushed through"]
    assert staged_rollout.answer(results).startswith("'nothing' passes every stage; 'own keys' is stopped at ")
