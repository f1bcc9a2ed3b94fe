//! A tab's line to Chromium's own protocol (`DevTools`), and to those of its frames that have a process of their own.
//!
//! Frames of another site are targets of their own. They are reached through the tab's session, and those within them through
//! theirs, without `flatten`: the driver's client knows no sessions but its own.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use playwright_rs::protocol::CDPSession;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Notify, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, oneshot, watch};

use super::{BrowserError, cast, context::Shared, eyes, guard::PROMPT, hands, navigation, tabs::OpenTab};

/// A page that computes answers late: it is not waited for too long.
const ANSWER: Duration = Duration::from_secs(5);

/// How long a frame's place in its page may take to become known.
const FRAME_KNOWN: Duration = Duration::from_millis(500);

/// The world beside the page's own in which our script runs, and the binding that only it has.
pub(super) const WORLD: &str = "staylogged";
pub(super) const BINDING: &str = "staylogged_tell";

/// Where in a tab: the session of a frame's own process (none: the tab's), and the world in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub target: Option<String>,
    pub world: i64,
}

/// The line to one tab.
pub(super) struct Wire {
    pub tab: u32,
    session: CDPSession,
    calls: AtomicU32,
    waiting: Mutex<HashMap<u32, oneshot::Sender<Value>>>,
    frames: Mutex<Frames>,
    frame_known: Notify,
    /// The page's own frame, as opposed to those in it.
    main_frame: Mutex<String>,
    going_to: Mutex<Option<Trip>>,
    /// How often the page has navigated.
    pub navigations: watch::Sender<u64>,
    /// The page is being loaded again.
    pub reloading: AtomicBool,
    /// Whoever looks at what the tab shows holds it: the last to look must be the last to tell.
    pub looking: tokio::sync::Mutex<()>,
    /// For a still Chromium draws the page larger: what is pressed in a frame meanwhile may go astray (see `still`), and a new
    /// size is undone by its end. So a still is taken under the write lock, and whoever presses (until it is over) or resizes
    /// holds the read lock.
    layout: Arc<RwLock<()>>,
}

/// Somebody goes through the history; its entries by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trip {
    pub to: i64,
    /// The entry that was just being loaded again when they left it.
    pub reloading: Option<i64>,
}

#[derive(Default)]
struct Frames {
    /// The frame of each world.
    of_world: HashMap<Place, String>,
    /// What each target of its own shows.
    of_target: HashMap<String, Target>,
}

/// A frame that is a process of its own.
#[derive(Clone)]
struct Target {
    frame: String,
    /// The process of the page around it; none: the tab's.
    within: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BindingCalled {
    name: String,
    payload: String,
    execution_context_id: i64,
}

/// The tab's line, made when it is first needed.
pub(super) async fn of(shared: &Arc<Shared>, tab: &OpenTab) -> Result<Arc<Wire>, BrowserError> {
    tab.wire.get_or_try_init(|| Wire::lay(shared, tab)).await.cloned()
}

/// The same for every tab: a handler must keep neither the context nor the line alive.
fn hear(
    shared: &Arc<Shared>,
    wire: &Arc<Wire>,
    event: &str,
    act: impl Fn(Arc<Shared>, Arc<Wire>, Value) + Send + Sync + 'static,
) {
    let (shared, weak): (Weak<Shared>, Weak<Wire>) = (Arc::downgrade(shared), Arc::downgrade(wire));
    wire.session.on(event, move |value| {
        if let (Some(shared), Some(wire)) = (shared.upgrade(), weak.upgrade()) {
            act(shared, wire, value);
        }
        std::future::ready(Ok(()))
    });
}

impl Wire {
    async fn lay(shared: &Arc<Shared>, tab: &OpenTab) -> Result<Arc<Self>, BrowserError> {
        let (context, page) = (shared.context.clone(), tab.page.clone());
        let session =
            shared.guard.call("reaching a tab", PROMPT, async move { context.new_cdp_session(&page).await }).await?;
        let wire = Arc::new(Self {
            tab: tab.id,
            session,
            calls: AtomicU32::new(0),
            waiting: Mutex::default(),
            frames: Mutex::default(),
            frame_known: Notify::new(),
            main_frame: Mutex::default(),
            going_to: Mutex::default(),
            navigations: watch::Sender::default(),
            reloading: AtomicBool::default(),
            looking: tokio::sync::Mutex::default(),
            layout: Arc::default(),
        });
        cast::attend(shared, &wire);
        if shared.is_headed() {
            wire.listen(shared);
            wire.prepare(shared).await?;
        }
        if shared.without_media {
            wire.leave_out_media(shared).await?;
        }
        Ok(wire)
    }

    /// Listens to an event of the tab's session.
    pub fn on(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        event: &str,
        act: impl Fn(Arc<Shared>, Arc<Self>, Value) + Send + Sync + 'static,
    ) {
        hear(shared, self, event, act);
    }

    fn listen(self: &Arc<Self>, shared: &Arc<Shared>) {
        self.on(shared, "Runtime.bindingCalled", |shared, wire, event| wire.called(&shared, None, event));
        self.on(shared, "Runtime.executionContextCreated", |_, wire, event| wire.world_made(None, &event));
        self.on(shared, "Target.attachedToTarget", |shared, wire, event| wire.frame_came(&shared, None, &event));
        self.on(shared, "Target.detachedFromTarget", |_, wire, event| wire.frame_went(&event));
        self.on(shared, "Target.receivedMessageFromTarget", |shared, wire, event| wire.received(&shared, &event));
        navigation::attend(shared, self);
        hands::attend(shared, self);
    }

    async fn prepare(self: &Arc<Self>, shared: &Arc<Shared>) -> Result<(), BrowserError> {
        self.send(shared, "Page.enable", json!({})).await?;
        let tree = self.send(shared, "Page.getFrameTree", json!({})).await?;
        self.note_main_frame(&tree["frameTree"]["frame"]);
        self.enter(shared, None).await?;
        self.send(shared, "Input.setInterceptDrags", json!({ "enabled": true })).await?;
        navigation::prepare(shared, self).await
    }

    /// Holds back what is not loaded in Chromium itself (`Fetch.enable`): the driver's routes would hold back every request
    /// until we have looked at it, and turn the browser's cache off. A frame with a process of its own loads its pictures.
    async fn leave_out_media(self: &Arc<Self>, shared: &Arc<Shared>) -> Result<(), BrowserError> {
        self.on(shared, "Fetch.requestPaused", |shared, wire, event| {
            let refusal = json!({ "requestId": event["requestId"], "errorReason": "BlockedByClient" });
            // A page that has gone waits for nothing.
            tokio::spawn(async move { wire.send(&shared, "Fetch.failRequest", refusal).await });
        });
        let patterns = ["Image", "Media", "Font"].map(|kind| json!({ "resourceType": kind }));
        self.send(shared, "Fetch.enable", json!({ "patterns": patterns })).await.map(drop)
    }

    /// Another frame may take the page's place when it navigates.
    pub fn note_main_frame(&self, frame: &Value) {
        let id = frame["id"].as_str().unwrap_or_default();
        id.clone_into(&mut self.main_frame.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether the frame is the page itself.
    pub fn is_main_frame(&self, id: &str) -> bool {
        *self.main_frame.lock().unwrap_or_else(PoisonError::into_inner) == id
    }

    /// Notes that somebody is on the way through the history.
    pub fn go_to(&self, trip: Trip) {
        *self.going_to.lock().unwrap_or_else(PoisonError::into_inner) = Some(trip);
    }

    /// Notes that they have arrived, unless they have gone on meanwhile.
    pub fn has_arrived(&self, trip: Trip) {
        let mut going_to = self.going_to.lock().unwrap_or_else(PoisonError::into_inner);
        going_to.take_if(|now| *now == trip);
    }

    /// Where somebody is on the way to.
    pub fn going_to(&self) -> Option<Trip> {
        *self.going_to.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts our script into a world of its own.
    async fn enter(&self, shared: &Shared, target: Option<&str>) -> Result<(), BrowserError> {
        self.call(shared, target, "Runtime.enable", json!({})).await?;
        let binding = json!({ "name": BINDING, "executionContextName": WORLD });
        self.call(shared, target, "Runtime.addBinding", binding).await?;
        if target.is_some() {
            self.call(shared, target, "Page.enable", json!({})).await?;
        }
        let script = json!({ "source": eyes::SCRIPT, "worldName": WORLD, "runImmediately": true });
        self.call(shared, target, "Page.addScriptToEvaluateOnNewDocument", script).await?;
        // Those of its frames that are of another site.
        let attach = json!({ "autoAttach": true, "waitForDebuggerOnStart": false, "flatten": false });
        self.call(shared, target, "Target.setAutoAttach", attach).await.map(drop)
    }

    fn frame_came(self: &Arc<Self>, shared: &Arc<Shared>, within: Option<String>, event: &Value) {
        let (Some(session), Some(frame)) = (event["sessionId"].as_str(), event["targetInfo"]["targetId"].as_str())
        else {
            return;
        };
        if event["targetInfo"]["type"] == "iframe" {
            let (session, frame) = (session.to_owned(), frame.to_owned());
            self.frames().of_target.insert(session.clone(), Target { frame, within });
            self.frame_known.notify_waiters();
            let (wire, shared) = (Arc::clone(self), Arc::clone(shared));
            // A frame that goes at once was none.
            tokio::spawn(async move { wire.enter(&shared, Some(&session)).await });
        }
    }

    fn frame_went(&self, event: &Value) {
        let gone = event["sessionId"].as_str().unwrap_or_default();
        let mut frames = self.frames();
        frames.of_target.remove(gone);
        frames.of_world.retain(|place, _| place.target.as_deref() != Some(gone));
    }

    fn received(self: &Arc<Self>, shared: &Arc<Shared>, event: &Value) {
        let (Some(session), Some(message)) = (event["sessionId"].as_str(), event["message"].as_str()) else { return };
        let Ok(mut message) = serde_json::from_str::<Value>(message) else { return };
        if let Some(id) = message["id"].as_u64() {
            let waiting = u32::try_from(id).ok().and_then(|id| self.waiting().remove(&id));
            if let Some(waiting) = waiting {
                let _ = waiting.send(message["result"].take());
            }
            return;
        }
        let target = Some(session.to_owned());
        match message["method"].as_str() {
            Some("Runtime.bindingCalled") => self.called(shared, target, message["params"].take()),
            Some("Runtime.executionContextCreated") => self.world_made(target, &message["params"]),
            // Of frames within this one.
            Some("Target.attachedToTarget") => self.frame_came(shared, target, &message["params"]),
            Some("Target.detachedFromTarget") => self.frame_went(&message["params"]),
            Some("Target.receivedMessageFromTarget") => self.received(shared, &message["params"]),
            _ => {}
        }
    }

    fn called(self: &Arc<Self>, shared: &Arc<Shared>, target: Option<String>, event: Value) {
        let Ok(event) = serde_json::from_value::<BindingCalled>(event) else { return };
        if event.name == BINDING {
            let place = Place { target, world: event.execution_context_id };
            eyes::heard(shared, self, place, &event.payload);
        }
    }

    fn world_made(&self, target: Option<String>, event: &Value) {
        let context = &event["context"];
        let (Some(world), Some(frame)) = (context["id"].as_i64(), context["auxData"]["frameId"].as_str()) else {
            return;
        };
        if context["name"] == WORLD {
            self.frames().of_world.insert(Place { target, world }, frame.to_owned());
            self.frame_known.notify_waiters();
        }
    }

    /// Whether some frames of the page have a process of their own.
    pub fn has_frames_elsewhere(&self) -> bool {
        !self.frames().of_target.is_empty()
    }

    fn frames(&self) -> MutexGuard<'_, Frames> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u32, oneshot::Sender<Value>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One command to the tab; its result.
    pub async fn send(&self, shared: &Shared, method: &'static str, parameters: Value) -> Result<Value, BrowserError> {
        self.send_within(shared, ANSWER, method, parameters).await
    }

    /// The same, where the answer may take that long.
    pub async fn send_within(
        &self,
        shared: &Shared,
        within: Duration,
        method: &'static str,
        parameters: Value,
    ) -> Result<Value, BrowserError> {
        let session = self.session.clone();
        let call = async move { session.send(method, Some(parameters)).await };
        let mut answer = shared.guard.call(method, within, call).await?;
        Ok(answer["result"].take())
    }

    /// While this is held no still is taken. Waits for one that is.
    pub async fn keep_layout(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.layout).read_owned().await
    }

    /// What a still is taken under; `None` while something is pressed.
    pub fn change_layout(&self) -> Option<OwnedRwLockWriteGuard<()>> {
        Arc::clone(&self.layout).try_write_owned().ok()
    }

    /// One command to a frame's own process, or to the tab; its result.
    async fn call(
        &self,
        shared: &Shared,
        target: Option<&str>,
        method: &'static str,
        parameters: Value,
    ) -> Result<Value, BrowserError> {
        let Some(target) = target else { return self.send(shared, method, parameters).await };
        let id = self.calls.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        self.waiting().insert(id, answer);
        let message = json!({ "id": id, "method": method, "params": parameters }).to_string();
        let message = json!({ "sessionId": target, "message": message });
        // Through the process of the page around it.
        let within = self.frames().of_target.get(target).and_then(|target| target.within.clone());
        let sent = match within {
            Some(around) => Box::pin(self.call(shared, Some(&around), "Target.sendMessageToTarget", message)).await,
            None => self.send(shared, "Target.sendMessageToTarget", message).await,
        };
        let answer = match sent {
            Ok(_) => tokio::time::timeout(ANSWER, answered).await,
            Err(error) => {
                self.waiting().remove(&id);
                return Err(error);
            }
        };
        self.waiting().remove(&id);
        match answer {
            Ok(Ok(value)) => Ok(value),
            _ => Err(BrowserError::Timeout { what: method.into(), after: ANSWER }),
        }
    }

    /// Evaluates in our own world of a frame; the value.
    pub async fn evaluate(&self, shared: &Shared, place: &Place, expression: String) -> Result<Value, BrowserError> {
        let ask = json!({ "expression": expression, "contextId": place.world, "returnByValue": true });
        let mut answer = self.call(shared, place.target.as_deref(), "Runtime.evaluate", ask).await?;
        Ok(answer["result"]["value"].take())
    }

    /// Evaluates in the page's own world; the value.
    pub async fn evaluate_in_page(&self, shared: &Shared, expression: &str) -> Result<Value, BrowserError> {
        let ask = json!({ "expression": expression, "returnByValue": true });
        let mut answer = self.send(shared, "Runtime.evaluate", ask).await?;
        Ok(answer["result"]["value"].take())
    }

    /// Evaluates in our own world of every frame of the tab; the values.
    pub async fn evaluate_everywhere(&self, shared: &Shared, expression: &str) -> Vec<Value> {
        let places: Vec<Place> = self.frames().of_world.keys().cloned().collect();
        let mut values = Vec::with_capacity(places.len());
        for place in places {
            // Worlds of pages that are gone are among them.
            values.extend(self.evaluate(shared, &place, expression.to_owned()).await);
        }
        values
    }

    /// Where a frame stands in the view of its tab, in CSS pixels.
    pub async fn offset(&self, shared: &Shared, place: &Place) -> Result<(f64, f64), BrowserError> {
        let mut offset = (0.0, 0.0);
        let mut frame = self.known(|frames| frames.of_world.get(place).cloned()).await;
        let mut target = place.target.clone();
        // From process to process, to the tab's own.
        while let Some(process) = target.take() {
            let Some(own) = self.known(|frames| frames.of_target.get(&process).cloned()).await else { break };
            // A frame inside of the process's outermost one.
            if let Some(inner) = frame.filter(|frame| *frame != own.frame) {
                add(&mut offset, self.box_of(shared, Some(&process), &inner).await?);
            }
            (frame, target) = (Some(own.frame), own.within);
        }
        if let Some(frame) = frame {
            add(&mut offset, self.box_of(shared, None, &frame).await?);
        }
        Ok(offset)
    }

    /// Events come in any order: what is not known yet may be so in a moment.
    async fn known<T>(&self, look: impl Fn(&Frames) -> Option<T>) -> Option<T> {
        let known = async {
            loop {
                let notified = self.frame_known.notified();
                if let Some(found) = look(&self.frames()) {
                    return found;
                }
                notified.await;
            }
        };
        tokio::time::timeout(FRAME_KNOWN, known).await.ok()
    }

    async fn box_of(&self, shared: &Shared, target: Option<&str>, frame: &str) -> Result<(f64, f64), BrowserError> {
        let owner = self.call(shared, target, "DOM.getFrameOwner", json!({ "frameId": frame })).await?;
        let node = &owner["backendNodeId"];
        if node.is_null() {
            return Ok((0.0, 0.0));
        }
        let model = self.call(shared, target, "DOM.getBoxModel", json!({ "backendNodeId": node })).await?;
        let corner = |at: usize| model["model"]["content"][at].as_f64().unwrap_or_default();
        Ok((corner(0), corner(1)))
    }
}

fn add(offset: &mut (f64, f64), (x, y): (f64, f64)) {
    offset.0 += x;
    offset.1 += y;
}
