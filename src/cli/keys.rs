//! `staylogged keys`

use clap::Subcommand;
use secrecy::ExposeSecret;

use super::{Stop, configure};
use crate::{
    app,
    config::Environment,
    domain::Clock,
    store::Store,
    vault::{KeyRing, Vault},
};

#[derive(Debug, Subcommand)]
pub(super) enum KeyVerb {
    /// Print a new key for `SESSION_ENCRYPTION_KEY`.
    Generate,
    /// Check that `SESSION_ENCRYPTION_KEY` is a key, and the one that sealed this database.
    Check,
    /// Keys for callers of the API.
    #[command(subcommand)]
    Access(AccessVerb),
}

#[derive(Debug, Subcommand)]
pub(super) enum AccessVerb {
    /// Make an access key, store its hash, and print the key once.
    New {
        /// What it is for.
        #[arg(long, default_value = "by hand")]
        label: String,
    },
}

pub(super) async fn run(environment: &Environment, verb: &KeyVerb) -> Result<(), Stop> {
    let config = configure(environment)?;
    match verb {
        KeyVerb::Generate => println!("{}", crate::vault::generate_key()),
        KeyVerb::Check => {
            let ring =
                KeyRing::parse(config.encryption_key.expose_secret(), config.old_encryption_keys.expose_secret())?;
            let store = Store::open(config.database_url.expose_secret()).await?;
            app::check_canary(&store, &Vault::new(ring)).await?;
            println!("SESSION_ENCRYPTION_KEY is a key, and opens this database.");
            store.close().await;
        }
        KeyVerb::Access(AccessVerb::New { label }) => {
            app::make_private_folder(&config.data_dir)?;
            let store = Store::open(config.database_url.expose_secret()).await?;
            let key = app::make_access_key(&store, label, &Clock::system()).await?;
            println!("{key}");
            store.close().await;
        }
    }
    Ok(())
}
