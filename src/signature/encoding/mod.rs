//! The encodings of a signature: one a file.
