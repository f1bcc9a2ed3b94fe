//! `staylogged serve`

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Place, Stop, configure};
use crate::{
    app::{App, Overrides},
    config::Environment,
};

pub(super) async fn run(mut environment: Environment, place: &Place) -> Result<(), Stop> {
    place.put_into(&mut environment);
    let config = configure(&environment)?;
    let signals = StopSignals::listen()?;
    let app = App::start(config, Overrides::default(), |providers| providers).await?;
    if let Some(key) = &app.first_access_key {
        println!(
            "No access key was configured, so one was made. It is shown this once:\n\n    {key}\n\n\
             The page asks for it; programs send it as \"Authorization: Bearer …\".\n\
             Make another with: staylogged keys access new"
        );
    }
    println!("Staylogged serves at {}/integrations", app.url);
    signals.wait().await;
    app.shut_down().await;
    Ok(())
}

/// SIGTERM and SIGINT, listened to from the moment this is made: before anybody is told that the service is up.
pub(super) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for either.
    pub(super) async fn wait(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        tracing::info!("stopping");
    }
}
