//! Rules: key.
