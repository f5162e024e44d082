"""The core of the economy under faults: random users, failing services, and the real functions between them.

One thread and one seed decide everything: which operation comes next, where a process dies, which answer is lost,
which delivery comes twice, late or in another order, and which requests overlap. So every failure can be replayed.

A long run has chapters of a thousand operations. Each ends as a run does: faults stop, everything arrives, and every
token is accounted for. The next chapter continues with the same dice, with new users and an empty ledger. So the
simulation does not show how a ledger of years behaves.
"""
