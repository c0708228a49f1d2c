"""What survives a crash: files, the journal of stages, year copies, verification, resume and rewind.

A run calls, in this order: ``plan_run`` and ``carry_out`` (`recovery`), ``YearCopies.make_up`` (`copies`), then after
each stage ``StageContent.read`` and ``Journal.record``, after each year ``YearCopies.make``; ``history.publish`` at the
end.
"""
