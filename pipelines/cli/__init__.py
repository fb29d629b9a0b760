"""The command line `oms`: each verb opens its doors, calls one function and prints what came back."""

from pipelines.cli.main import main

__all__ = ["main"]
