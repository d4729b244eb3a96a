"""One bench per hot module: what a single step costs, in nanoseconds. For people; tests read ratios only."""
