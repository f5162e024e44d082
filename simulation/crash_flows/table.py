"""All flows that the crash table plays: those that move tokens, and those that follow from them."""

from simulation.crash_flows import accounts, art, buying, expiring, operating, reloading, reversing, social, subscribing

FLOWS = (
    *accounts.FLOWS,
    *buying.FLOWS,
    *reversing.FLOWS,
    *art.FLOWS,
    *social.FLOWS,
    *operating.FLOWS,
    *expiring.FLOWS,
    *reloading.FLOWS,
    *subscribing.FLOWS,
)

RARELY = (*reloading.RARELY, *subscribing.RARELY)
"""Those that take long, and whose effects are mostly effects of others too."""
