// Node's Request, which the tests run with, takes absolute addresses only.
globalThis.STAYLOGGED_API_BASE = "http://localhost:3000/api";
