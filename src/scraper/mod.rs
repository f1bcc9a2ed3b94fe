//! Scrapes a stream with a saved session, and never lies about emptiness.

mod extraction;
