//! Provider definition files: load, validate and explain.
