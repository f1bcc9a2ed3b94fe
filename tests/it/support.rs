//! What these share with the stories.

#[path = "../support/clock.rs"]
pub mod clock;
#[path = "../support/databases.rs"]
pub mod databases;
#[path = "../support/http.rs"]
pub mod http;
#[path = "../support/replacing.rs"]
pub mod replacing;
#[path = "../support/saved_login.rs"]
pub mod saved_login;
