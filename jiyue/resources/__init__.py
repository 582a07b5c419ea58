"""What keeps a cluster going (吉政办发〔2015〕5号（十七）（十八）（十九）): money, fees for contributions, contracts, training.

All of it is computed from the registers below `sites/registers/` and the catalogue; no build reads it, and nothing of it is in a
public output.
"""
