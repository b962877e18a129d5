//! Rules: hyperlane.
