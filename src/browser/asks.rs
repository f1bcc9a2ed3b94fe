//! What a page waits for a person to answer: lists and dates, dialogs, names and passwords, files.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use playwright_rs::{
    protocol::{Dialog as DriverDialog, FileChooser},
    server::channel_owner::ChannelOwner,
};
use serde_json::json;
use tokio::sync::watch;

use super::{
    BrowserError,
    context::Shared,
    eyes,
    guard::PROMPT,
    overlay::{Auth, Dialog, Files, Picker, Told},
    wire::{Place, Wire},
};

/// A dialog blocks its page. Where nobody watches it is answered as if it had been closed.
const NOBODY: Duration = Duration::from_mins(1);

/// How long files may take to get into the page.
const UPLOAD: Duration = Duration::from_mins(1);

/// What a dialog or a site may say at most.
const LONGEST: usize = 4000;

enum Ask {
    Picker { wire: Arc<Wire>, place: Place, key: u32 },
    Dialog(DriverDialog),
    Auth { wire: Arc<Wire>, request: String },
    Files(Box<FileChooser>),
}

/// What waits for an answer, by the ids of [`Told`].
#[derive(Default)]
pub(super) struct Asks {
    open: Mutex<HashMap<u32, Ask>>,
    /// Rises and falls with the dialogs that are open.
    dialogs: watch::Sender<usize>,
}

impl Asks {
    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Ask>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, shared: &Shared, id: u32) -> Option<Ask> {
        let ask = self.lock().remove(&id);
        self.count_dialogs();
        shared.overlay.over(id);
        ask
    }

    /// Comes back when a dialog is open: its page takes nothing then.
    pub async fn blocked(&self) {
        let _ = self.dialogs.subscribe().wait_for(|open| *open > 0).await;
    }

    fn count_dialogs(&self) {
        let open = self.lock().values().filter(|ask| matches!(ask, Ask::Dialog(_))).count();
        self.dialogs.send_replace(open);
    }

    /// A list or a date is to be picked from.
    pub fn picker(&self, shared: &Shared, wire: &Arc<Wire>, place: Place, key: u32, picker: Picker) {
        let mut asks = self.lock();
        let id = shared.overlay.ask(wire.tab, |id| Told::Picker { id, picker });
        asks.insert(id, Ask::Picker { wire: Arc::clone(wire), place, key });
    }

    /// Another picker opens, or the page is gone.
    pub fn close_pickers(&self, shared: &Shared, tab: u32) {
        let mut closed = Vec::new();
        self.lock().retain(|id, ask| {
            let goes = matches!(ask, Ask::Picker { wire, .. } if wire.tab == tab);
            if goes {
                closed.push(*id);
            }
            !goes
        });
        for id in closed {
            shared.overlay.over(id);
        }
    }

    /// The page says or asks something, and waits.
    pub fn dialog(&self, shared: &Arc<Shared>, dialog: DriverDialog) {
        let page = dialog.page();
        let tab = page.as_ref().and_then(|page| shared.tabs.id_of(page.guid())).unwrap_or_default();
        let host =
            page.and_then(|page| url::Url::parse(&page.url()).ok()).and_then(|url| url.host_str().map(str::to_owned));
        let told = |id| {
            Told::Dialog(Dialog {
                id,
                kind: dialog.type_().to_owned(),
                message: cut(dialog.message()),
                value: cut(dialog.default_value()),
                host: host.unwrap_or_default(),
            })
        };
        let id = {
            let mut asks = self.lock();
            let id = shared.overlay.ask(tab, told);
            asks.insert(id, Ask::Dialog(dialog));
            id
        };
        self.count_dialogs();
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let over = shared.over();
            let unanswered = async {
                loop {
                    tokio::time::sleep(NOBODY).await;
                    if !shared.overlay.is_watched() {
                        return;
                    }
                }
            };
            tokio::select! {
                () = over => {}
                () = unanswered => {
                    let _ = shared.asks.dialog_answer(&shared, id, false, None).await;
                }
            }
        });
    }

    /// The dialog went without an answer of ours.
    pub fn dialog_closed(&self, shared: &Shared, closed: &DriverDialog) {
        let id = {
            let asks = self.lock();
            asks.iter()
                .find_map(|(id, ask)| matches!(ask, Ask::Dialog(open) if open.guid() == closed.guid()).then_some(*id))
        };
        if let Some(id) = id {
            self.take(shared, id);
        }
    }

    /// The site asks for a name and a password.
    pub fn auth(&self, shared: &Shared, wire: &Arc<Wire>, request: String, host: String, realm: &str) {
        let mut asks = self.lock();
        let id = shared.overlay.ask(wire.tab, |id| Told::Auth(Auth { id, host, realm: cut(realm) }));
        asks.insert(id, Ask::Auth { wire: Arc::clone(wire), request });
    }

    /// The page asks for files.
    pub fn files(&self, shared: &Shared, tab: u32, chooser: FileChooser, accept: String, label: String) {
        let multiple = chooser.is_multiple();
        let mut asks = self.lock();
        let id = shared.overlay.ask(tab, |id| Told::Files(Files { id, multiple, accept, label }));
        asks.insert(id, Ask::Files(Box::new(chooser)));
    }

    /// The tab is gone, or shows another page: nobody waits any more.
    pub fn left(&self, shared: &Shared, tab: u32) {
        let gone = shared.overlay.left(tab);
        self.lock().retain(|id, _| !gone.contains(id));
        self.count_dialogs();
    }

    /// Answers a picker.
    pub async fn pick_answer(
        &self,
        shared: &Shared,
        id: u32,
        values: Option<Vec<String>>,
        value: Option<String>,
        cancelled: bool,
    ) -> Result<(), BrowserError> {
        let Some(Ask::Picker { wire, place, key }) = self.take(shared, id) else { return Ok(()) };
        if cancelled {
            return Ok(());
        }
        eyes::pick(shared, &wire, &place, key, values, value).await
    }

    /// Answers a dialog.
    pub async fn dialog_answer(
        &self,
        shared: &Shared,
        id: u32,
        accept: bool,
        text: Option<String>,
    ) -> Result<(), BrowserError> {
        let Some(Ask::Dialog(dialog)) = self.take(shared, id) else { return Ok(()) };
        let answer = async move { if accept { dialog.accept(text.as_deref()).await } else { dialog.dismiss().await } };
        shared.guard.call("answering a dialog", PROMPT, answer).await
    }

    /// Gives a name and a password, or none.
    pub async fn auth_answer(
        &self,
        shared: &Shared,
        id: u32,
        given: Option<(String, String)>,
    ) -> Result<(), BrowserError> {
        let Some(Ask::Auth { wire, request }) = self.take(shared, id) else { return Ok(()) };
        let response = match given {
            Some((username, password)) => {
                json!({ "response": "ProvideCredentials", "username": username, "password": password })
            }
            None => json!({ "response": "CancelAuth" }),
        };
        let answer = json!({ "requestId": request, "authChallengeResponse": response });
        wire.send(shared, "Fetch.continueWithAuth", answer).await.map(drop)
    }

    /// Puts files into the page. They lie in a folder of ours for as long as that takes.
    pub async fn files_answer(
        &self,
        shared: &Shared,
        id: u32,
        files: Vec<(String, Bytes)>,
    ) -> Result<(), BrowserError> {
        let Some(Ask::Files(chooser)) = self.take(shared, id) else { return Ok(()) };
        if files.is_empty() {
            return Ok(());
        }
        let kept = tokio::task::spawn_blocking(move || keep(files)).await;
        let (folder, paths) = kept
            .map_err(|_| BrowserError::Refused("keeping a file".into()))?
            .map_err(|error| BrowserError::Refused(format!("a file could not be kept for the page: {error}")))?;
        let answer = async move { chooser.set_files(&paths).await };
        let given = shared.guard.call("giving files to a page", UPLOAD, answer).await;
        // Also when it took too long: the call itself goes on with what it has read.
        drop(folder);
        given
    }
}

fn keep(files: Vec<(String, Bytes)>) -> io::Result<(tempfile::TempDir, Vec<std::path::PathBuf>)> {
    let folder = tempfile::Builder::new().prefix("staylogged-upload-").tempdir()?;
    let mut paths = Vec::new();
    for (place, (name, bytes)) in files.into_iter().enumerate() {
        // A folder each: two may have one name.
        let own = folder.path().join(place.to_string());
        std::fs::create_dir(&own)?;
        let path = own.join(file_name(&name));
        std::fs::write(&path, &bytes)?;
        paths.push(path);
    }
    Ok((folder, paths))
}

/// The name alone, as the page will see it.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    if matches!(name.trim(), "" | "." | "..") { "file".into() } else { name }
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_name_and_stays_in_its_folder() {
        assert_eq!(file_name("holiday photo.png"), "holiday photo.png");
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("C:\\fakepath\\a.txt"), "a.txt");
        assert_eq!(file_name(".."), "file");
        assert_eq!(file_name(""), "file");
        let (folder, paths) =
            keep(vec![("a.txt".into(), Bytes::from_static(b"1")), ("a.txt".into(), Bytes::from_static(b"2"))]).unwrap();
        assert_eq!(std::fs::read(&paths[1]).unwrap(), b"2");
        let kept = folder.path().to_owned();
        drop(folder);
        assert!(!kept.exists());
    }
}
