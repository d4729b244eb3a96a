"""The .NET types that expressions can reach, declared with C# signatures. What is not here does not exist."""
