//! The command line: one verb per file.

mod demo;
mod doctor;
mod keys;
mod migrate;
mod provider;
mod scrape;
pub mod secrets;
mod serve;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{Config, ConfigError, Environment},
    telemetry,
};

/// Log in once, by hand; the session is proven, sealed and kept, and scraped with until the site ends it.
///
/// Settings come from the environment; .env.example names every variable.
#[derive(Debug, Parser)]
#[command(name = "staylogged", version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve the API and the integrations page.
    Serve(Place),
    /// Serve with a key, a database and a marketplace of the demo's own, to try everything on this computer.
    Demo(demo::DemoArguments),
    /// Bring the database up to date and stop. (`serve` does that by itself, too.)
    Migrate,
    /// Make and check keys.
    #[command(subcommand)]
    Keys(keys::KeyVerb),
    /// Print the OpenAPI document as YAML.
    Openapi,
    /// Print the login's state machine as a Mermaid diagram.
    Machine,
    /// Check everything the service needs on this machine, and say the cure for what is missing.
    Doctor,
    /// For whoever writes definitions: check and try them, and print their schema.
    #[command(subcommand)]
    Provider(provider::ProviderVerb),
    /// Scrape with a saved session and print the records.
    Scrape(scrape::ScrapeArguments),
}

/// Where to serve.
#[derive(Debug, Clone, Default, clap::Args)]
struct Place {
    /// Address to listen on; stands for HOST.
    #[arg(long)]
    host: Option<String>,
    /// Port to listen on, 0 for any; stands for PORT.
    #[arg(long)]
    port: Option<u16>,
    /// Folder for the database and temporary files; stands for `DATA_DIR`.
    #[arg(long)]
    data_dir: Option<PathBuf>,
}

impl Place {
    /// An option on the command line is a variable said in another way.
    fn put_into(&self, environment: &mut Environment) {
        if let Some(host) = &self.host {
            environment.set("HOST", host);
        }
        if let Some(port) = self.port {
            environment.set("PORT", port.to_string());
        }
        if let Some(dir) = &self.data_dir {
            environment.set("DATA_DIR", dir.display().to_string());
        }
    }
}

/// What ends a verb badly: a text for the person at the terminal, with the cure in it.
#[derive(Debug)]
struct Stop(String);

impl<E: std::fmt::Display> From<E> for Stop {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Reads the configuration, or says everything that is wrong with it at once.
fn configure(environment: &Environment) -> Result<Config, Stop> {
    Config::read(environment).map_err(|wrong| {
        let lines: Vec<_> = wrong.iter().map(ConfigError::to_string).collect();
        Stop(lines.join("\n"))
    })
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // These need no browser, no secrets and no second start.
    match &arguments.verb {
        Verb::Openapi => {
            print!("{}", crate::http::openapi_yaml());
            return ExitCode::SUCCESS;
        }
        Verb::Machine => {
            print!("{}", crate::login::machine::mermaid());
            return ExitCode::SUCCESS;
        }
        Verb::Keys(keys::KeyVerb::Generate) => {
            println!("{}", crate::vault::generate_key());
            return ExitCode::SUCCESS;
        }
        Verb::Provider(verb) if !verb.browses() => {
            return provider::run(verb).map_or_else(|error| stop(&error), |()| ExitCode::SUCCESS);
        }
        _ => {}
    }
    let mut environment = match secrets::environment() {
        Ok(environment) => environment,
        Err(error) => return stop(&Stop(format!("could not start again without secrets in the environment: {error}"))),
    };
    if matches!(arguments.verb, Verb::Provider(_)) && environment.get("RUST_LOG").is_none() {
        // What somebody at the terminal has to know is told there.
        environment.set("RUST_LOG", "off");
    }
    telemetry::start_logs(&environment);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return stop(&Stop(format!("could not start the runtime: {error}"))),
    };
    let ended = runtime.block_on(async {
        match arguments.verb {
            Verb::Serve(place) => serve::run(environment, &place).await,
            Verb::Demo(arguments) => demo::run(environment, arguments).await,
            Verb::Migrate => migrate::run(&environment).await,
            Verb::Keys(verb) => keys::run(&environment, &verb).await,
            Verb::Doctor => doctor::run(&environment).await,
            Verb::Scrape(arguments) => scrape::run(&environment, arguments).await,
            Verb::Provider(verb) => provider::browse(&environment, verb).await,
            Verb::Openapi | Verb::Machine => Ok(()),
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ended.map_or_else(|error| stop(&error), |()| ExitCode::SUCCESS)
}

fn stop(Stop(message): &Stop) -> ExitCode {
    eprintln!("staylogged: {message}");
    ExitCode::FAILURE
}
