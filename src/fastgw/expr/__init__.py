"""The language of policy expressions: C# text in, callables out.

Stages, each usable alone: `lexer` and `parser` make the tree of `nodes`, `binder` gives it types and makes
the tree of `bound`, `codegen` turns that into Python code objects, `runtime` is what they run on, `library`
declares the .NET types that expressions can reach. `engine` is the public door. Nothing here knows XML,
policies or connections.
"""
