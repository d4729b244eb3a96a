"""The management address: a process of its own that answers health, shows state and resets breakers.

It knows only what the master tells it over the control channel and what the shared segment holds, so that a
busy gateway never makes it slow. It must never answer for the gateway's APIs, and never read the
configuration.
"""

from fastgw.management.process import run_management

__all__ = ["run_management"]
