# Everything in this module is for its compiled siblings: the phases are visible to cimport only.
