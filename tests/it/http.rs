//! The API over real HTTP, with a browser that a story directs.

mod access;
mod bodies;
mod document;
mod embedding;
mod grants;
mod links;
mod live;
mod params;
mod persons;
mod records;
mod schedules;
mod scripted;
mod server;
mod streams;
