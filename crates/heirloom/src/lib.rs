//! heirloom
