"""Tests of fastgw.model: values in, records or a reason out."""
