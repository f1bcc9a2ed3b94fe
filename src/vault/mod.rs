//! Seals and opens sessions: the one place where plaintext and key meet.
