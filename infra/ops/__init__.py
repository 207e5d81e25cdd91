"""Operations of a deployed stack: `python -m infra.ops COMMAND`; docs/operations.md tells when to use which.

Never shipped. What a command needs to know it learns from the stack itself, by its name.
"""
