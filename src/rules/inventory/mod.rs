//! Rules: inventory.
