"""fastgw: an API gateway that runs Azure API Management configuration unchanged."""

__version__ = "0.1.0"
