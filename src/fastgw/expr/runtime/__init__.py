"""What compiled expressions run on: values, exceptions, limits, arithmetic. Knows no library type by name."""
