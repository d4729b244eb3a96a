"""The policy compiler: policy documents in, programs for the core out.

This is its only public door. It reads no files, knows no policy by name (the registry is an argument) and
runs nothing.
"""

from __future__ import annotations

from fastgw.compiler.compile import PolicyCompiler, Programs
from fastgw.compiler.expressions import Compiled, ExpressionCompiler, NoExpressions, ValueType
from fastgw.compiler.listing import listing
from fastgw.compiler.lower import KnowsNames, Resolver
from fastgw.compiler.named_values import NamedValue
from fastgw.compiler.schema import Registry
from fastgw.compiler.scopes import CompiledDocument

__all__ = [
    "Compiled",
    "CompiledDocument",
    "ExpressionCompiler",
    "KnowsNames",
    "NamedValue",
    "NoExpressions",
    "PolicyCompiler",
    "Programs",
    "Registry",
    "Resolver",
    "ValueType",
    "listing",
]
