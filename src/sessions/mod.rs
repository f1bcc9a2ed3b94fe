//! What is kept of a login: the probe that proves a session, and its opening and saving.
