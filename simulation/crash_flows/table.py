"""All flows that the crash table plays: those that move tokens, and those that follow from them."""

from simulation.crash_flows import accounts, art, buying, expiring, operating, reversing, social

FLOWS = (
    *accounts.FLOWS,
    *buying.FLOWS,
    *reversing.FLOWS,
    *art.FLOWS,
    *social.FLOWS,
    *operating.FLOWS,
    *expiring.FLOWS,
)
