//! Compiling many files.
