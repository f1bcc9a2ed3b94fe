//! A browser without a browser: it shows what the story says, and remembers what the person did.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use staylogged::{
    browser::{
        Browser, BrowserError, Context, ContextOptions, FailedRequest, Page, PageAnswer, PageAsk, Scrolled,
        SeenResponses, Tab, Tabs, Wanted,
        live_view::{Frame, Input, LiveView, Overlay},
    },
    domain::{
        BrowserIdentity, Cookie, Exchange, StorageState, Viewport,
        rule::{ElementQuery, Observation, SeenResponse},
    },
};
use tokio::sync::{mpsc, watch};
use url::Url;

#[derive(Debug, Default)]
pub struct Scripted {
    contexts: Mutex<Vec<Arc<ScriptedContext>>>,
    site: Site,
}

/// The site: all contexts see the same, as a session that was carried over would.
#[derive(Debug, Clone, Default)]
struct Site(Arc<Mutex<Option<&'static str>>>);

impl Site {
    /// What the demo market shows to whoever is logged in there, or to nobody.
    fn shows(&self) -> Observation {
        let nobody = Observation {
            url: Url::parse("http://sso.demo.localhost:4381/login").ok(),
            title: Some("Sign in".into()),
            text: Some(String::new()),
            cookies: Some(vec![]),
            local_storage: Some([].into()),
            session_storage: Some([].into()),
            responses: Some(vec![]),
            ..Observation::default()
        };
        let Some(who) = *self.0.lock().unwrap() else { return nobody };
        let cookie = Cookie {
            name: "demo_session".into(),
            value: "secret".into(),
            domain: "app.demo.localhost".into(),
            path: "/".into(),
            expires: -1.0,
            http_only: true,
            secure: false,
            same_site: "Lax".into(),
        };
        let token =
            ("oidc.user:http://sso.demo.localhost:4381/oidc:app".to_owned(), r#"{"access_token":"t"}"#.to_owned());
        let me = SeenResponse {
            url: Url::parse("http://api-market.demo.localhost:4381/v1/me").unwrap(),
            method: "GET".into(),
            status: 200,
            body: Some(format!(r#"{{"id":"{who}","email":"{who}@example.com"}}"#)),
        };
        Observation {
            url: Url::parse("http://app.demo.localhost:4381/market").ok(),
            cookies: Some(vec![cookie]),
            local_storage: Some([("http://app.demo.localhost:4381".to_owned(), [token].into())].into()),
            responses: Some(vec![Arc::new(me)]),
            ..nobody
        }
    }
}

impl Scripted {
    /// Somebody logs in at the site: from now on every context is theirs.
    pub fn logs_in(&self, who: &'static str) {
        *self.site.0.lock().unwrap() = Some(who);
    }

    /// The newest context that is not closed: a login's, where nothing is being proven.
    pub fn newest_that_is_open(&self) -> Arc<ScriptedContext> {
        let contexts = self.contexts.lock().unwrap();
        Arc::clone(contexts.iter().rfind(|context| !*context.closed.borrow()).expect("a context is open"))
    }

    /// The newest context.
    pub fn context(&self) -> Arc<ScriptedContext> {
        Arc::clone(self.contexts.lock().unwrap().last().expect("a context was opened"))
    }
}

#[async_trait]
impl Browser for Scripted {
    async fn open(&self, _: ContextOptions) -> Result<Arc<dyn Context>, BrowserError> {
        let context = Arc::new(ScriptedContext { site: self.site.clone(), ..ScriptedContext::new() });
        self.contexts.lock().unwrap().push(Arc::clone(&context));
        Ok(context)
    }

    async fn shut_down(&self) {}
}

/// Shows a login page until somebody logs in.
#[derive(Debug)]
pub struct ScriptedContext {
    pub tabs: watch::Sender<Tabs>,
    pub frames: watch::Sender<Option<Arc<Frame>>>,
    pub inputs: tokio::sync::Mutex<mpsc::Receiver<Input>>,
    pub overlay: Overlay,
    pub closed: watch::Sender<bool>,
    view: LiveView,
    site: Site,
    changes: watch::Sender<u64>,
    lost: watch::Sender<Option<BrowserError>>,
    responses: watch::Sender<Arc<SeenResponses>>,
}

impl ScriptedContext {
    fn new() -> Self {
        let tab =
            Tab { id: 1, url: "http://sso.demo.localhost:4381/login".into(), title: "Sign in".into(), icon: None };
        let tabs = watch::Sender::new(Tabs { open: vec![tab], front: Some(1), ..Tabs::default() });
        let frames = watch::Sender::new(None);
        let (input, inputs) = mpsc::channel(64);
        let overlay = Overlay::default();
        Self {
            view: LiveView::new(frames.clone(), tabs.subscribe(), overlay.clone(), input),
            tabs,
            frames,
            overlay,
            inputs: tokio::sync::Mutex::new(inputs),
            closed: watch::Sender::new(false),
            site: Site::default(),
            changes: watch::Sender::new(0),
            lost: watch::Sender::new(None),
            responses: watch::Sender::default(),
        }
    }

    /// Shows a picture.
    pub fn show(&self, sequence: u32, jpeg: &'static [u8]) {
        let jpeg = bytes::Bytes::from_static(jpeg);
        let frame = Frame { page: 1, sequence, width: 1280, height: 800, scale: 100, jpeg };
        self.frames.send_replace(Some(Arc::new(frame)));
    }
}

fn identity() -> BrowserIdentity {
    BrowserIdentity {
        user_agent: "Scripted/1.0".into(),
        locale: "en-US".into(),
        timezone: "Europe/Paris".into(),
        viewport: Viewport::default(),
    }
}

#[async_trait]
impl Context for ScriptedContext {
    fn identity(&self) -> BrowserIdentity {
        identity()
    }

    fn tabs(&self) -> watch::Receiver<Tabs> {
        self.tabs.subscribe()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn lost(&self) -> watch::Receiver<Option<BrowserError>> {
        self.lost.subscribe()
    }

    async fn visit(&self, url: &Url, _: Duration) -> Result<Arc<dyn Page>, BrowserError> {
        Ok(Arc::new(ScriptedPage(url.clone())))
    }

    async fn observe(&self, _: &Wanted) -> Result<Observation, BrowserError> {
        Ok(self.site.shows())
    }

    fn in_flight(&self, _within: Duration) -> usize {
        0
    }

    fn failures(&self) -> u64 {
        0
    }

    fn failed_after(&self, _count: u64) -> Vec<FailedRequest> {
        Vec::new()
    }

    fn responses(&self) -> watch::Receiver<Arc<SeenResponses>> {
        self.responses.subscribe()
    }

    fn exchanges(&self) -> Vec<Exchange> {
        Vec::new()
    }

    async fn front_html(&self) -> Result<String, BrowserError> {
        Ok(String::new())
    }

    async fn masked_screenshot(&self) -> Result<Vec<u8>, BrowserError> {
        Err(BrowserError::Refused("a scripted page shows nothing".into()))
    }

    async fn storage_state(&self) -> Result<StorageState, BrowserError> {
        Ok(StorageState::default())
    }

    fn live_view(&self) -> LiveView {
        self.view.clone()
    }

    async fn close(&self) {
        self.closed.send_replace(true);
    }
}

#[derive(Debug)]
struct ScriptedPage(Url);

#[async_trait]
impl Page for ScriptedPage {
    fn url(&self) -> Url {
        self.0.clone()
    }

    async fn goto(&self, _: &Url, _: Duration) -> Result<(), BrowserError> {
        Ok(())
    }

    async fn html(&self) -> Result<String, BrowserError> {
        Ok(String::new())
    }

    async fn has(&self, _: &ElementQuery) -> Result<bool, BrowserError> {
        Ok(false)
    }

    async fn click(&self, _: &str, _: Duration) -> Result<bool, BrowserError> {
        Ok(false)
    }

    async fn press(&self, _: &str, _: Duration) -> Result<bool, BrowserError> {
        Ok(false)
    }

    async fn attribute(&self, _: &str, _: &str) -> Result<Option<String>, BrowserError> {
        Ok(None)
    }

    async fn ask(&self, ask: &PageAsk, _: Duration) -> Result<PageAnswer, BrowserError> {
        Err(BrowserError::Navigation { url: ask.url.to_string(), what: "the scripted browser has no network".into() })
    }

    async fn scroll_on(&self, _: &[&str]) -> Result<Scrolled, BrowserError> {
        Ok(Scrolled { moved: false, at_end: true })
    }

    async fn await_filled(&self, _: &[&str], _: Duration) -> Result<(), BrowserError> {
        Ok(())
    }

    async fn screenshot(&self) -> Result<Vec<u8>, BrowserError> {
        Ok(vec![])
    }

    fn viewport(&self) -> Viewport {
        Viewport::default()
    }
}
