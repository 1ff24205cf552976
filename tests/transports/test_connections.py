"""The watch over connections: one that fails its check must not end the watch over the others."""

from __future__ import annotations

from salver.transports.connections import Connections
from salver.transports.limits import HttpLimits


class Watched:
    """Counts its checks."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails
        self.checks = 0
        self.aborted = False

    def check(self, now_s: float) -> None:
        self.checks += 1
        if self.fails:
            raise LookupError("no check")

    def drain(self) -> None: ...

    def abort(self) -> bool:
        self.aborted = True
        return self.fails


def test_one_that_fails_is_cut_and_the_others_are_watched(run, until, caplog):
    async def main():
        connections = Connections(HttpLimits(idle_timeout_s=0.004))
        good, bad = Watched(), Watched(fails=True)
        connections.join(good)
        connections.join(bad)
        await until(lambda: good.checks > 3)
        assert (good.aborted, bad.aborted) == (False, True)
        assert connections.abort() == 1
        connections.close()

    run(main())
    assert "no check" in caplog.text


def test_beyond_the_bound_a_connection_only_leaves(run):
    async def main():
        connections = Connections(HttpLimits(max_connections=1))
        first, second, third = Watched(), Watched(), Watched()
        assert connections.join(first)
        assert not connections.join(second)
        assert (connections.statistics().open, connections.statistics().leaving) == (1, 1)
        connections.leaves(first)
        assert connections.crowded()
        assert connections.join(third)
        for one in (first, second, third):
            connections.gone(one)
        await connections.wait_gone()
        connections.close()

    run(main())
