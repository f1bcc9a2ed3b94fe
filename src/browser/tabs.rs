//! The tabs of a context: which are open, which is in front, and what is known of each.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use playwright_rs::{protocol::Page, server::channel_owner::ChannelOwner};
use tokio::sync::{OnceCell, watch};

use super::{Tab, Tabs, context::AskedFor, wire::Wire};

/// An open tab.
#[derive(Clone)]
pub(super) struct OpenTab {
    pub id: u32,
    pub page: Page,
    title: String,
    status: Option<u16>,
    icon: Option<Arc<str>>,
    can_go_back: bool,
    can_go_forward: bool,
    /// The size, density and touch that it was given last; none where that was not done, or not all of it. Locked while it is
    /// being done.
    pub fitted: Arc<tokio::sync::Mutex<Option<AskedFor>>>,
    /// Laid when it is first needed.
    pub wire: Arc<OnceCell<Arc<Wire>>>,
}

#[derive(Default)]
struct Strip {
    open: Vec<OpenTab>,
    /// The newest front last: when it closes, the one before it comes back.
    fronts: Vec<u32>,
    made: u32,
}

/// The strip of tabs.
pub(super) struct TabStrip {
    strip: Mutex<Strip>,
    shown: watch::Sender<Tabs>,
}

impl TabStrip {
    pub fn new() -> Self {
        Self { strip: Mutex::default(), shown: watch::Sender::new(Tabs::default()) }
    }

    pub fn shown(&self) -> watch::Receiver<Tabs> {
        self.shown.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Strip> {
        self.strip.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a page in, at the front. The driver tells of a page that we opened too: then it is known already, and the
    /// second value is false.
    pub fn add(&self, page: &Page) -> (OpenTab, bool) {
        let mut strip = self.lock();
        if let Some(known) = strip.open.iter().find(|tab| tab.page.guid() == page.guid()) {
            return (known.clone(), false);
        }
        strip.made += 1;
        let tab = OpenTab {
            id: strip.made,
            page: page.clone(),
            title: String::new(),
            status: None,
            icon: None,
            can_go_back: false,
            can_go_forward: false,
            fitted: Arc::new(tokio::sync::Mutex::new(Some(AskedFor::default()))),
            wire: Arc::default(),
        };
        strip.open.push(tab.clone());
        strip.fronts.push(tab.id);
        self.show(&strip);
        (tab, true)
    }

    /// Takes a page out; when it was open, its id and how many are left.
    pub fn remove(&self, guid: &str) -> Option<(u32, usize)> {
        let mut strip = self.lock();
        let place = strip.open.iter().position(|tab| tab.page.guid() == guid)?;
        let id = strip.open.remove(place).id;
        strip.fronts.retain(|front| *front != id);
        self.show(&strip);
        Some((id, strip.open.len()))
    }

    pub fn select(&self, id: u32) {
        let mut strip = self.lock();
        if strip.open.iter().any(|tab| tab.id == id) {
            strip.fronts.retain(|front| *front != id);
            strip.fronts.push(id);
            self.show(&strip);
        }
    }

    pub fn front(&self) -> Option<OpenTab> {
        let strip = self.lock();
        let id = *strip.fronts.last()?;
        strip.open.iter().find(|tab| tab.id == id).cloned()
    }

    /// All, the one in front first.
    pub fn all(&self) -> Vec<OpenTab> {
        let strip = self.lock();
        let front = strip.fronts.last().copied();
        let mut open = strip.open.clone();
        open.sort_by_key(|tab| Some(tab.id) != front);
        open
    }

    pub fn get(&self, id: u32) -> Option<OpenTab> {
        self.lock().open.iter().find(|tab| tab.id == id).cloned()
    }

    pub fn len(&self) -> usize {
        self.lock().open.len()
    }

    /// The id of a page that is open.
    pub fn id_of(&self, guid: &str) -> Option<u32> {
        self.lock().open.iter().find(|tab| tab.page.guid() == guid).map(|tab| tab.id)
    }

    /// Notes a tab's icon.
    pub fn icon(&self, id: u32, icon: String) {
        let mut strip = self.lock();
        if let Some(tab) = strip.open.iter_mut().find(|tab| tab.id == id) {
            tab.icon = Some(icon.into());
        }
        self.show(&strip);
    }

    /// Notes where a tab can go.
    pub fn history(&self, id: u32, can_go_back: bool, can_go_forward: bool) {
        let mut strip = self.lock();
        if let Some(tab) = strip.open.iter_mut().find(|tab| tab.id == id) {
            (tab.can_go_back, tab.can_go_forward) = (can_go_back, can_go_forward);
        }
        self.show(&strip);
    }

    /// Notes a page's title, and shows its present address.
    pub fn titled(&self, guid: &str, title: String) {
        let mut strip = self.lock();
        if let Some(tab) = strip.open.iter_mut().find(|tab| tab.page.guid() == guid) {
            tab.title = title;
        }
        self.show(&strip);
    }

    /// Notes the status with which a page came.
    pub fn answered(&self, guid: &str, status: Option<u16>) {
        if let Some(tab) = self.lock().open.iter_mut().find(|tab| tab.page.guid() == guid) {
            tab.status = status;
        }
    }

    /// The status with which the tab's page came, where it is known.
    pub fn status(&self, id: u32) -> Option<u16> {
        self.get(id)?.status
    }

    /// Shows the present addresses.
    pub fn refresh(&self) {
        self.show(&self.lock());
    }

    fn show(&self, strip: &Strip) {
        let front = strip.fronts.last().and_then(|id| strip.open.iter().find(|tab| tab.id == *id));
        let now = Tabs {
            open: strip
                .open
                .iter()
                .map(|tab| Tab { id: tab.id, url: tab.page.url(), title: tab.title.clone(), icon: tab.icon.clone() })
                .collect(),
            front: front.map(|tab| tab.id),
            can_go_back: front.is_some_and(|tab| tab.can_go_back),
            can_go_forward: front.is_some_and(|tab| tab.can_go_forward),
        };
        self.shown.send_if_modified(|shown| {
            let changed = *shown != now;
            *shown = now;
            changed
        });
    }
}
