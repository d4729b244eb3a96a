"""Names, types and overloads: the syntax tree into the bound tree, with the static rules of C# 7.

`bind` is the only door. `session` holds the state and calls the binding functions, which stand in modules by
concern (`dispatch` lists them); `flow` looks at the whole afterwards. Nothing here runs an expression.
"""

from __future__ import annotations

from fastgw.expr.binder.program import bind

__all__ = ["bind"]
