"""Who answers for what: the responsibility matrix, what units deliver, tasks, duty, the reading of sites, rules of procedure.

All of it is computed from the registry, the catalogue and the registers below `sites/registers/`; nothing computed is stored,
and nothing of it is in a public output.
"""
