"""Fuzzing of what reads text of authors: policy documents and expressions."""
