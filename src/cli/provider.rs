//! `staylogged provider`: for whoever writes definitions.

mod record;
mod rules;
mod sighted;
mod table;
mod terminal;
mod trial;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Subcommand;

use super::Stop;
use crate::{
    config::Environment,
    providers::{DefinitionError, Provider, schema},
    scraper::{rehearse, warnings},
};

#[derive(Debug, Subcommand)]
pub(super) enum ProviderVerb {
    /// Check definitions: all mistakes at once, each with its place and its cure; their fixtures are read offline.
    Check(CheckArguments),
    /// Print the JSON schema of the definition files.
    Schema,
    /// Try a definition with a real account: log in in a browser on this computer, and see what its rules, its probe and
    /// its streams make of that. Nothing is stored.
    Try(trial::TryArguments),
    /// Propose a definition: log in in a browser on this computer and go to the list; what differs makes the rules, and
    /// what the page asks for makes the stream. Shown first, then written.
    Record(record::RecordArguments),
}

impl ProviderVerb {
    /// Whether it opens a browser.
    pub(super) fn browses(&self) -> bool {
        !matches!(self, Self::Check(_) | Self::Schema)
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct CheckArguments {
    /// Definition files, or folders of them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Write the records that the fixtures give into the files in which they are expected.
    #[arg(long)]
    write: bool,
}

pub(super) fn run(verb: &ProviderVerb) -> Result<(), Stop> {
    match verb {
        ProviderVerb::Check(arguments) => check(arguments),
        ProviderVerb::Schema => {
            print!("{}", schema());
            Ok(())
        }
        ProviderVerb::Try(_) | ProviderVerb::Record(_) => Ok(()),
    }
}

/// The verbs that open a browser.
pub(super) async fn browse(environment: &Environment, verb: ProviderVerb) -> Result<(), Stop> {
    match verb {
        ProviderVerb::Try(arguments) => trial::run(environment, arguments).await,
        ProviderVerb::Record(arguments) => record::run(environment, arguments).await,
        ProviderVerb::Check(_) | ProviderVerb::Schema => run(&verb),
    }
}

fn check(arguments: &CheckArguments) -> Result<(), Stop> {
    let files = files(&arguments.paths)?;
    let (mut mistakes, mut warned) = (0, 0);
    for file in &files {
        match check_one(file, arguments.write)? {
            Ok(warnings) => {
                warned += warnings.len();
                for warning in warnings {
                    eprintln!("{}: warning: {warning}", file.display());
                }
            }
            Err(error) => {
                mistakes += error.count();
                eprintln!("{error}");
            }
        }
    }
    let warnings = if warned > 0 { format!(", {}", count(warned, "warning")) } else { String::new() };
    println!("{}, {}{warnings}", count(files.len(), "definition"), count(mistakes, "mistake"));
    if mistakes == 0 { Ok(()) } else { Err(Stop(format!("{} to correct", count(mistakes, "mistake")))) }
}

/// Its warnings, or its mistakes.
fn check_one(file: &Path, write: bool) -> Result<Result<Vec<String>, DefinitionError>, Stop> {
    let text = fs::read_to_string(file).map_err(|error| format!("could not read {}: {error}", file.display()))?;
    let name = file.display().to_string();
    let provider = match Provider::parse(&name, &text) {
        Ok(provider) => provider,
        Err(error) => return Ok(Err(error)),
    };
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let mistakes = rehearse(&provider, folder, write);
    Ok(if mistakes.is_empty() {
        Ok(warnings(&provider, folder))
    } else {
        Err(DefinitionError::new(&name, &text, mistakes))
    })
}

/// The files themselves, and all definitions in the folders.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Stop> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| format!("could not read {}: {error}", path.display()))? {
            let entry = entry.map_err(|error| format!("could not read {}: {error}", path.display()))?.path();
            if entry.extension().is_some_and(|extension| extension == "toml") {
                inside.push(entry);
            }
        }
        if inside.is_empty() {
            return Err(Stop(format!("there is no definition in {}: none of its files ends in .toml", path.display())));
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
