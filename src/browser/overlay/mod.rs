//! What the picture does not show: the focus, the shape of the mouse, lists and dates to pick from, dialogs, the menu, and
//! whatever else a desktop draws beside the page. The viewer draws it; its answers go back into the page.

mod told;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{broadcast, watch};

pub use told::{
    Auth, Choice, Dialog, Field, Files, Form, FormButton, FormField, Menu, NoticeKind, Picker, SiteError, Told,
};

/// A viewer that falls so far behind is told everything anew.
const BEHIND: usize = 256;

/// What is told to viewers, and what is open at the moment. Cheap to clone.
#[derive(Clone)]
pub struct Overlay(Arc<Inner>);

struct Inner {
    told: broadcast::Sender<Arc<Told>>,
    now: Mutex<Now>,
    mirrored: watch::Sender<bool>,
}

/// What a viewer that has just come must know.
#[derive(Default)]
struct Now {
    made: u32,
    cursor: Option<Arc<Told>>,
    /// By tab.
    focus: HashMap<u32, Arc<Told>>,
    sites: HashMap<u32, Arc<Told>>,
    /// What waits for an answer, with the tab that it belongs to.
    asks: BTreeMap<u32, (u32, Arc<Told>)>,
    form: Option<Arc<Told>>,
}

impl std::fmt::Debug for Overlay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Overlay")
    }
}

impl Default for Overlay {
    fn default() -> Self {
        Self(Arc::new(Inner {
            told: broadcast::Sender::new(BEHIND),
            now: Mutex::default(),
            mirrored: watch::Sender::new(false),
        }))
    }
}

impl Overlay {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.0.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is open now, and everything that is told from now on, without a gap between the two.
    #[must_use]
    pub fn follow(&self) -> (Vec<Arc<Told>>, broadcast::Receiver<Arc<Told>>) {
        let now = self.now();
        let known = now
            .cursor
            .iter()
            .chain(now.focus.values())
            .chain(now.sites.values())
            .chain(now.asks.values().map(|(_, told)| told))
            .chain(now.form.iter());
        (known.cloned().collect(), self.0.told.subscribe())
    }

    /// Whether anybody is there to be told.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.0.told.receiver_count() > 0
    }

    /// For the browser's side: tells it, and remembers what a later viewer must know.
    pub fn tell(&self, told: Told) {
        let mut now = self.now();
        let told = Arc::new(told);
        let (known, page) = match told.as_ref() {
            Told::Focus { page, .. } => (Some(&mut now.focus), *page),
            Told::Site { page, .. } => (Some(&mut now.sites), *page),
            _ => (None, 0),
        };
        let ends = matches!(told.as_ref(), Told::Focus { field: None, .. } | Told::Site { error: None, .. });
        match (known, told.as_ref()) {
            (Some(known), _) if ends => {
                let was_there = known.remove(&page).is_some();
                if !was_there {
                    return;
                }
            }
            (Some(known), _) => drop(known.insert(page, Arc::clone(&told))),
            (None, Told::Cursor { .. }) => now.cursor = Some(Arc::clone(&told)),
            (None, Told::Form { .. }) => now.form = Some(Arc::clone(&told)),
            (None, _) => {}
        }
        // Under the lock: a viewer that comes now is told either way, and not twice.
        let _ = self.0.told.send(told);
    }

    /// For the browser's side: asks something of the person, under an id of its own.
    pub fn ask(&self, tab: u32, asked: impl FnOnce(u32) -> Told) -> u32 {
        let mut now = self.now();
        now.made += 1;
        let id = now.made;
        let told = Arc::new(asked(id));
        now.asks.insert(id, (tab, Arc::clone(&told)));
        let _ = self.0.told.send(told);
        id
    }

    /// For the browser's side: it was answered, or is gone.
    pub fn over(&self, id: u32) {
        let mut now = self.now();
        let Some((_, asked)) = now.asks.remove(&id) else { return };
        let over = match asked.as_ref() {
            Told::Dialog(_) => Told::DialogOver { id },
            Told::Auth(_) => Told::AuthOver { id },
            Told::Files(_) => Told::FilesOver { id },
            _ => Told::PickerOver { id },
        };
        let _ = self.0.told.send(Arc::new(over));
    }

    /// For the browser's side: the tab is gone, or shows another page; the ids of what it had asked are given back.
    #[must_use]
    pub fn left(&self, tab: u32) -> Vec<u32> {
        self.tell(Told::Focus { page: tab, field: None });
        let asked: Vec<u32> = self.now().asks.iter().filter(|(_, (of, _))| *of == tab).map(|(id, _)| *id).collect();
        for id in &asked {
            self.over(*id);
        }
        asked
    }

    /// For the browser's side: a number that nothing else here has.
    #[must_use]
    pub fn number(&self) -> u32 {
        let mut now = self.now();
        now.made += 1;
        now.made
    }

    /// The viewer wants to see forms as forms, or no longer.
    pub fn mirror(&self, on: bool) {
        if !on {
            self.now().form = None;
        }
        self.0.mirrored.send_if_modified(|now| std::mem::replace(now, on) != on);
    }

    /// Whether forms are wanted.
    #[must_use]
    pub fn is_mirrored(&self) -> bool {
        *self.0.mirrored.borrow()
    }

    /// For the browser's side: changes when forms are wanted, or no longer.
    #[must_use]
    pub fn mirrored(&self) -> watch::Receiver<bool> {
        self.0.mirrored.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn focus(page: u32, on: bool) -> Told {
        Told::Focus { page, field: on.then(Field::default) }
    }

    #[test]
    fn a_late_viewer_knows_what_is_open_and_nothing_that_is_over() {
        let overlay = Overlay::default();
        overlay.tell(focus(1, true));
        overlay.tell(focus(2, true));
        overlay.tell(focus(1, false));
        let kept = overlay.ask(2, |id| Told::Picker { id, picker: Picker::default() });
        let answered = overlay.ask(2, |id| Told::Auth(Auth { id, ..Auth::default() }));
        overlay.over(answered);
        let (known, mut later) = overlay.follow();
        assert_eq!(known.len(), 2);
        assert!(known.iter().any(|told| matches!(told.as_ref(), Told::Focus { page: 2, field: Some(_) })));
        assert_eq!(overlay.left(2), vec![kept]);
        let next = |later: &mut broadcast::Receiver<Arc<Told>>| later.try_recv().unwrap();
        assert!(matches!(next(&mut later).as_ref(), Told::Focus { page: 2, field: None }));
        assert!(matches!(next(&mut later).as_ref(), Told::PickerOver { id } if *id == kept));
        assert!(later.try_recv().is_err());
        assert!(overlay.follow().0.is_empty());
    }

    #[test]
    fn what_is_told_has_the_words_of_the_protocol() {
        let picker = Picker { kind: "select".into(), label: "Country".into(), ..Picker::default() };
        let json = serde_json::to_value(Told::Picker { id: 5, picker }).unwrap();
        assert_eq!((&json["type"], &json["id"], &json["kind"]), (&"picker".into(), &5.into(), &"select".into()));
        let json = serde_json::to_value(Told::Notice { kind: NoticeKind::DownloadBlocked, what: None }).unwrap();
        assert_eq!((&json["type"], &json["kind"]), (&"notice".into(), &"download_blocked".into()));
    }
}
