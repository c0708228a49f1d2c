"""Measures whole runs of the program from outside: what they take, whether they fit, and whether they got slower.

A run is a process of its own, started cold, in a folder of its own; nothing here is part of a simulation.
"""
