"""`jiyue import FORMAT`: a module of this folder for each format, with its options in a function `run`.

A module imports what reads its format inside `run`, so that the help of `jiyue import` loads none of it.
"""
