"""What ``report.html`` says, one module a subject: figures from the marts, findings in words, charts, tables."""
