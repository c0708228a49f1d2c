"""What a run's memory is made of: readings, pressure, division of the budget, batches, leaks, record, advice.

``adaptive_memory_manager`` puts these together for a run; each module here stands on its own.
"""
