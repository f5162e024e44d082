"""Random people, failing parts and the real functions between them: the core of the economy under faults.

One thread and one seed decide everything: which operation comes next, where a process dies, which answer is lost, what
is delivered twice, late or in another order, and which requests overlap. So every failure can be replayed.

A long run has chapters of a thousand operations. Each ends as a run does: faults stop, everything arrives, and every
token is accounted for. The next goes on with the same dice, but among new people and with an empty ledger, so nothing
here says how a ledger of years behaves.
"""
