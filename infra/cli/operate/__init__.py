"""Commands for operators: browsing the log, stepping and pausing read models, and what they leave behind."""
