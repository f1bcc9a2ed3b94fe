//! `staylogged serve`

use tokio::signal::unix::{SignalKind, signal};

use super::{Place, Stop, configure};
use crate::{app::App, config::Environment};

pub(super) async fn run(mut environment: Environment, place: &Place) -> Result<(), Stop> {
    place.put_into(&mut environment);
    let config = configure(&environment)?;
    let app = App::start(config, |providers| providers).await?;
    if let Some(key) = &app.first_access_key {
        println!(
            "No access key was configured, so one was made. It is shown this once:\n\n    {key}\n\n\
             The page asks for it; programs send it as \"Authorization: Bearer …\".\n\
             Make another with: staylogged keys access new"
        );
    }
    println!("Staylogged serves at {}/integrations", app.url);
    until_stopped().await?;
    app.shut_down().await;
    Ok(())
}

/// Waits for SIGTERM or SIGINT.
pub(super) async fn until_stopped() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    Ok(())
}
