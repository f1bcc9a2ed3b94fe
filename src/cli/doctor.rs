//! `staylogged doctor`

use secrecy::ExposeSecret;

use super::{Stop, configure};
use crate::{
    app,
    browser::doctor::{Check, checks},
    config::{Config, Environment},
    store::Store,
    vault::{KeyRing, Vault},
};

pub(super) async fn run(environment: &Environment) -> Result<(), Stop> {
    let config = configure(environment)?;
    let browser = app::browser_config(&config, true);
    let mut all = tokio::task::spawn_blocking(move || checks(&browser)).await?;
    all.push(database(&config).await);
    let missing = all.iter().filter(|check| !check.ok).count();
    for check in &all {
        println!("{} {}: {}", if check.ok { "ok     " } else { "MISSING" }, check.name, check.detail);
        if let Some(cure) = &check.cure {
            println!("        {cure}");
        }
    }
    if missing == 0 { Ok(()) } else { Err(Stop(format!("{missing} of {} checks failed", all.len()))) }
}

async fn database(config: &Config) -> Check {
    let name = "database and key";
    match open(config).await {
        Ok(kind) => Check { name, ok: true, detail: format!("{kind}, opens under this key"), cure: None },
        Err(Stop(detail)) => Check { name, ok: false, detail, cure: None },
    }
}

async fn open(config: &Config) -> Result<&'static str, Stop> {
    let ring = KeyRing::parse(config.encryption_key.expose_secret(), config.old_encryption_keys.expose_secret())?;
    app::make_private_folder(&config.data_dir)?;
    let store = Store::open(config.database_url.expose_secret()).await?;
    app::check_canary(&store, &Vault::new(ring)).await?;
    let kind = store.kind();
    store.close().await;
    Ok(kind)
}
