//! The terminal of whoever writes a definition, and the browser that they log in with.

use std::{
    fmt::Write as _,
    io::{self, BufRead, IsTerminal, Write},
    sync::Arc,
};

use tokio::sync::mpsc;

use crate::{
    app,
    browser::{Browser, Context, PlaywrightBrowser},
    cli::Stop,
    config::Config,
    http::LocalLiveView,
};

/// A browser that a person logs in with, and a headless one beside it, with a folder of their own.
pub(super) struct Browsers {
    pub windows: Arc<dyn Browser>,
    pub headless: Arc<dyn Browser>,
    /// The windows are on this computer's display.
    has_display: bool,
    _folder: tempfile::TempDir,
}

impl Browsers {
    pub fn new(mut config: Config) -> Result<Self, Stop> {
        // Elsewhere than on Linux a window needs no display to be named.
        let has_display = config.browser.display.is_some() || !cfg!(target_os = "linux");
        let folder = tempfile::Builder::new().prefix("staylogged-").tempdir()?;
        folder.path().clone_into(&mut config.data_dir);
        Ok(Self {
            windows: PlaywrightBrowser::new(app::browser_config(&config, true)),
            headless: PlaywrightBrowser::new(app::browser_config(&config, false)),
            has_display,
            _folder: folder,
        })
    }

    /// Shows the context's browser to the person while `work` is done, then closes it: its window is on the display; where there is
    /// none, it is shown live at an address of this computer.
    pub async fn shown<T>(
        &self,
        context: &Arc<dyn Context>,
        work: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        if self.has_display {
            let done = work.await;
            context.close().await;
            return done;
        }
        let live = LocalLiveView::serve(context.live_view()).await?;
        let port = live.port();
        println!(
            "There is no display here (DISPLAY is not set), so the browser is shown at\n\n    {}\n\n\
             to this computer alone. To open it on another one, run there first:\n\n    \
             ssh -N -L {port}:127.0.0.1:{port} NAME-OF-THIS-COMPUTER\n",
            live.address()
        );
        let done = work.await;
        context.close().await;
        live.stop().await;
        done
    }

    pub async fn shut_down(&self) {
        tokio::join!(self.windows.shut_down(), self.headless.shut_down());
    }
}

/// What somebody types, line by line. At the end of the input nothing comes any more.
pub(super) struct Lines(mpsc::UnboundedReceiver<String>);

impl Lines {
    pub fn read() -> Self {
        let (tell, lines) = mpsc::unbounded_channel();
        // A thread of its own: a read of a terminal cannot be called off, and must not keep the program from ending.
        std::thread::spawn(move || {
            for line in io::stdin().lock().lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self(lines)
    }

    /// The next line; never, where there is none any more.
    pub async fn next(&mut self) -> String {
        match self.0.recv().await {
            Some(line) => line,
            None => std::future::pending().await,
        }
    }

    /// The next line; none at the end of the input.
    pub async fn answer(&mut self) -> Option<String> {
        self.0.recv().await
    }
}

/// Somebody wants it to end: Ctrl-C, or a signal.
pub(super) async fn interrupted() -> Stop {
    let stopped = Stop("stopped; the browser is closed and nothing was kept".into());
    let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
    stopped
}

/// A part of the terminal that is painted again and again; where there is no terminal, nothing is painted.
pub(super) struct Painted {
    lines: usize,
}

impl Painted {
    /// None: standard output is no terminal.
    pub fn new() -> Option<Self> {
        io::stdout().is_terminal().then_some(Self { lines: 0 })
    }

    pub fn paint(&mut self, lines: &[String]) {
        let mut all = String::new();
        if self.lines > 0 {
            // Writing into a string does not fail.
            let _ = write!(all, "\x1b[{}A\x1b[J", self.lines);
        }
        // A line that is too long is cut by the terminal: it must stay one line.
        all.push_str("\x1b[?7l");
        for line in lines {
            all.push_str(line);
            all.push('\n');
        }
        all.push_str("\x1b[?7h");
        self.lines = lines.len();
        let mut out = io::stdout().lock();
        let _ = out.write_all(all.as_bytes()).and_then(|()| out.flush());
    }
}

/// What a site says, fit for a terminal: no control characters, one line.
pub(super) fn printable(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control() && !is_invisible(*c)).collect()
}

/// Turns the direction of writing, or has no width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_cannot_write_to_the_terminal_as_it_likes() {
        assert_eq!(printable("a\x1b[2Jb\n c\u{202e}d"), "a[2Jb cd");
    }
}
