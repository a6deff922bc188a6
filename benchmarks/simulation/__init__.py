"""Budget and gate in simulated worlds: everything is drawn from a seed, nothing takes real time."""
