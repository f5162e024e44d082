"""Random people, failing parts and the real functions between them: the core of the economy under faults.

One thread and one seed decide everything: which operation comes next, where a process dies, which answer is lost, what
is delivered twice, late or in another order, and which requests overlap. So every failure can be replayed.
"""
