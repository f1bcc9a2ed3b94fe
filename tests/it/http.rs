//! The API over real HTTP, with a browser that a story directs.

mod access;
mod bodies;
mod document;
mod live;
mod records;
mod scripted;
mod server;
mod streams;
