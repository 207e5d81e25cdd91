"""The service on one machine: the stack of infra/template.yaml in an AWS that lives in this process.

Never shipped. `python -m infra.local run` plays the whole chain once, `serve` is the same AWS for other
processes, and the site at a URL.
"""
