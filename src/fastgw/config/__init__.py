"""Reads gateway.yaml into the records of fastgw.model.

Must never serve, compile or check references: it says what the author wrote and whether each
entity, by itself, is one.
"""

from __future__ import annotations

from fastgw.config.load import load
from fastgw.config.schema import json_schema

__all__ = ["json_schema", "load"]
