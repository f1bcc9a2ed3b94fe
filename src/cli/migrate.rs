//! `staylogged migrate`

use secrecy::ExposeSecret;

use super::{Stop, configure};
use crate::{config::Environment, store::Store};

pub(super) async fn run(environment: &Environment) -> Result<(), Stop> {
    let config = configure(environment)?;
    crate::app::make_private_folder(&config.data_dir)?;
    let store = Store::open(config.database_url.expose_secret()).await?;
    println!("The {} database is up to date.", store.kind());
    store.close().await;
    Ok(())
}
