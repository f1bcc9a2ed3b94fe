//! A display for a headed browser where there is none: an Xvfb of our own.

use std::{io, path::Path, process::Stdio, time::Duration};

use tokio::io::{AsyncBufReadExt, BufReader};

use super::{
    BrowserError,
    launch::find_program,
    process::{self, Spawned},
    room::Room,
};

/// Wide enough for every size that a viewer may ask for.
const SCREEN: &str = "1920x1200x24";

/// A running Xvfb. It takes a free number by itself, listens on no network, and lets nobody in without the cookie that
/// lies beside its home.
pub(super) struct Display {
    pub name: String,
    pub authority: String,
    pub server: Spawned,
}

impl Display {
    pub async fn start(room: &Room) -> Result<Self, BrowserError> {
        let xvfb = find_program("Xvfb").ok_or_else(|| BrowserError::Launch {
            what: "there is no display, and Xvfb is not installed".into(),
            cure: "Install the package xvfb, or set DISPLAY".into(),
        })?;
        Self::run(&xvfb, room).await.map_err(|error| BrowserError::Launch {
            what: format!("Xvfb at {}: {error}", xvfb.display()),
            cure: "Run it by hand to see what it says, or set DISPLAY to a display that runs".into(),
        })
    }

    async fn run(xvfb: &Path, room: &Room) -> io::Result<Self> {
        let authority = room.write("display-cookie", &authority_file(uuid::Uuid::new_v4().as_bytes()))?;
        // So that it ends with us even when we are killed. Without setpriv the next start's sweep ends it.
        let mut command = match find_program("setpriv") {
            Some(setpriv) => {
                let mut command = room.command(setpriv);
                command.args(["--pdeathsig", "TERM"]).arg(xvfb);
                command
            }
            None => room.command(xvfb),
        };
        command
            .args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset", "-auth"])
            .arg(&authority)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut server = process::spawn(command).await?;
        let stdout = server.stdout.take().ok_or_else(|| io::Error::other("no standard output"))?;
        let mut line = String::new();
        let mut stdout = BufReader::new(tokio::process::ChildStdout::from_std(stdout)?);
        let read = tokio::time::timeout(Duration::from_secs(15), stdout.read_line(&mut line)).await;
        if let (Ok(Ok(_)), Ok(number)) = (read, line.trim().parse::<u32>()) {
            let authority = authority.to_string_lossy().into_owned();
            Ok(Self { name: format!(":{number}"), authority, server })
        } else {
            process::kill_tree(server.process);
            Err(io::Error::other("it said no display number"))
        }
    }
}

/// An X authority file with one cookie, for any display.
fn authority_file(cookie: &[u8; 16]) -> Vec<u8> {
    const NAME: &[u8] = b"MIT-MAGIC-COOKIE-1";
    let mut file = vec![0xff, 0xff, 0, 0, 0, 0, 0, 18];
    file.extend_from_slice(NAME);
    file.extend_from_slice(&[0, 16]);
    file.extend_from_slice(cookie);
    file
}
