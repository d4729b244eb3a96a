"""Load tests: what fastgw costs beside its peers, and whether it stays well under load.

People run these programs; continuous integration runs a short one. Nothing here is imported by fastgw.
"""
