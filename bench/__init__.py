"""The benchmark: how fast salver is, beside a bare protocol and beside other servers, all in one run.

`python -m bench` measures everything and prints tables. Server processes are pinned to one core, the load generator
(`wrk`) to another. Measurements take turns, round after round, and what is compared is the median of the rounds'
ratios: a machine that is slow for a while is slow for all.
"""
