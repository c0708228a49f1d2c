"""PlanAlign Engine: simulates a workforce and its retirement plan year by year."""

__version__ = "0.1.0"
