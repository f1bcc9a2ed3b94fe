//! What a browser needs on this machine, looked at one by one.
