"""Liquid templates as set-body has them: DotLiquid's filters, named as in C#, on python-liquid."""
