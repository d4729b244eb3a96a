# Everything in this module is for its compiled siblings: `run` and its helpers are visible to cimport only.
