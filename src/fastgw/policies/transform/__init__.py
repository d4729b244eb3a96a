"""Policies that change the message: headers, query, method, status, body, variables, path."""
