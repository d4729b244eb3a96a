"""The object `context` of policy expressions, over a real exchange, and what the gateway adds to .NET."""
