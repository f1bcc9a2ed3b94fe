//! One set of SQL for SQLite and Postgres. Never sees plaintext.
