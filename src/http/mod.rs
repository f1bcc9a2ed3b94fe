//! Routes, server-sent events, the live view's socket, and who may call.
