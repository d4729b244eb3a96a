"""Tests of fastgw.config: a file in, records or findings out."""
