//! HTTP clients of the stories.

/// A client of a story's own.
pub fn client() -> reqwest::Client {
    client_builder().build().expect("a client")
}

/// The same, to be built with more.
pub fn client_builder() -> reqwest::ClientBuilder {
    staylogged::fetch::choose_cryptography();
    reqwest::Client::builder()
}
