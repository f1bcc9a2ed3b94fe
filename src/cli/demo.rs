//! `staylogged demo`: everything on this computer, with a marketplace of its own.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{Place, Stop, configure, serve::StopSignals};
use crate::{
    app::{self, App, Overrides},
    browser::doctor,
    config::Environment,
    demo::{Market, MarketConfig},
    vault,
};

#[derive(Debug, clap::Args)]
pub(super) struct DemoArguments {
    #[command(flatten)]
    place: Place,
    /// Port of the demo marketplace, 0 for any.
    #[arg(long, default_value_t = 4381)]
    market_port: u16,
    /// Port of the marketplace's control plane, 0 for any.
    #[arg(long, default_value_t = 4382)]
    market_control_port: u16,
    /// Write a JSON file with the addresses and the demo account once everything is up.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

pub(super) async fn run(mut environment: Environment, arguments: DemoArguments) -> Result<(), Stop> {
    if environment.get("DATA_DIR").is_none() {
        environment.set("DATA_DIR", "data/demo");
    }
    arguments.place.put_into(&mut environment);
    let data_dir = PathBuf::from(environment.get("DATA_DIR").unwrap_or("data/demo"));
    app::make_private_folder(&data_dir)?;
    environment.set("SESSION_ENCRYPTION_KEY", own_key(&data_dir)?);
    environment.set("DATABASE_URL", format!("sqlite://{}", data_dir.join("staylogged.db").display()));
    if environment.get("BROWSER_SANDBOX").is_none() {
        let browser = app::browser_config(&configure(&environment)?, true);
        if !tokio::task::spawn_blocking(move || doctor::can_sandbox(&browser)).await? {
            println!(
                "This machine cannot sandbox a browser, so the demo runs it with BROWSER_SANDBOX=off. `serve` never does that by itself."
            );
            environment.set("BROWSER_SANDBOX", "off");
        }
    }
    let config = configure(&environment)?;
    let signals = StopSignals::listen()?;
    let market = Market::start(MarketConfig { port: arguments.market_port, control_port: arguments.market_control_port })
        .await
        .map_err(|error| format!("could not start the demo marketplace on port {}: {error}. Choose another with --market-port and --market-control-port", arguments.market_port))?;
    let port = market.port();
    let app = App::start(config, Overrides::default(), |providers| providers.at_the_market(port)).await?;
    let (account, other) = (market.account(), market.other_account());
    let market_url = market.market_url();
    let control_url = market.control_url();
    println!(
        "\nStaylogged is up.\n\n    Integrations page   {url}/integrations\n    API, to try         {url}/docs\n    Demo marketplace    {market_url}\n    Its control plane   {control_url}\n\n\
         Demo account:\n    e-mail              {email}\n    password            {password}\n    one-time code       {code}  (a new one every 30 s: {control_url}/totp)\n\n\
         Press Ctrl-C to stop.\n",
        url = app.url,
        email = account.email,
        password = account.password,
        code = market.totp_now(),
    );
    if let Some(path) = &arguments.ready_file {
        let ready = serde_json::json!({
            "url": app.url,
            "marketUrl": market_url,
            "controlUrl": control_url,
            "account": { "email": account.email, "password": account.password },
            "otherAccount": { "email": other.email, "password": other.password },
        });
        // Written beside and moved, so that whoever waits for the file finds it whole.
        let partial = path.with_extension("partial");
        fs::write(&partial, ready.to_string())?;
        fs::rename(&partial, path)?;
    }
    signals.wait().await;
    app.shut_down().await;
    market.shut_down().await;
    Ok(())
}

/// The demo's own key: made at the first start, the same at each later one. Only `demo` does this.
fn own_key(data_dir: &Path) -> Result<String, Stop> {
    let path = data_dir.join("session-encryption.key");
    match fs::read_to_string(&path) {
        Ok(key) => return Ok(key.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Stop(format!("could not read {}: {error}", path.display()))),
    }
    let key = vault::generate_key();
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    Ok(key)
}
