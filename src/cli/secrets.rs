//! The program starts itself once more with the secrets taken out of its environment. They travel through a pipe that
//! is empty once it was read, so that no child inherits them.
//!
//! Why: a process's first environment can be read by whoever runs as the same user (`/proc/PID/environ`), the browser
//! among them where we do not run as root, and safe Rust cannot erase it.

use std::{
    io::{Read, Write},
    os::fd::AsRawFd,
    os::unix::process::CommandExt,
    process::Command,
};

use crate::config::{Environment, SECRET_VARIABLES};

/// Names the pipe in the second start.
const MARK: &str = "STAYLOGGED_SECRETS_FD";

/// The environment with its secrets. In the first start this does not return: the program takes the place of itself.
pub fn environment() -> std::io::Result<Environment> {
    let mut environment: Environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let Some(pipe) = environment.get(MARK).map(str::to_owned) else {
        return Err(start_again(&environment));
    };
    let mut secrets = String::new();
    std::fs::File::open(format!("/dev/fd/{pipe}"))?.read_to_string(&mut secrets)?;
    for (name, value) in secrets.split('\0').filter_map(|pair| pair.split_once('=')) {
        environment.set(name, value);
    }
    Ok(environment)
}

fn start_again(environment: &Environment) -> std::io::Error {
    let attempt = || -> std::io::Result<std::io::Error> {
        // Both ends close on exec, but for a copy of the reading one.
        let (reader, mut writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
            .map(|(r, w)| (r, std::fs::File::from(w)))
            .map_err(std::io::Error::from)?;
        for name in SECRET_VARIABLES {
            if let Some(value) = environment.get(name) {
                writer.write_all(format!("{name}={value}\0").as_bytes())?;
            }
        }
        let kept = rustix::io::dup(&reader).map_err(std::io::Error::from)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(std::env::args_os().skip(1)).env(MARK, kept.as_raw_fd().to_string());
        for name in SECRET_VARIABLES {
            command.env_remove(name);
        }
        Ok(command.exec())
    };
    attempt().unwrap_or_else(|error| error)
}
