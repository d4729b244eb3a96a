"""From the bound tree to Python code objects. `generate` is the way through."""

from fastgw.expr.codegen.generate import Finish, generate
from fastgw.expr.codegen.positions import Origin
from fastgw.expr.codegen.writer import NotSupported, Writer

__all__ = ["Finish", "NotSupported", "Origin", "Writer", "generate"]
