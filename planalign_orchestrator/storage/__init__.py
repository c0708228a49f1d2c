"""What survives a crash: files, the journal of stages, year copies, verification, resume and rewind.

A run calls, in this order: ``plan_run`` and ``carry_out`` (`recovery`), then after each stage ``StageContent.read``,
after the last one of a year ``make_copy`` (`year_copy`), and ``Journal.record``; ``history.publish`` at the end.
"""
