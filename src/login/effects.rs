//! Performs effects in tasks of their own, so that a cancel never waits for a browser.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Inner,
    detection::{Noticing, Settling},
    driver::internal,
    event::{Effect, Event},
};
use crate::{
    browser::{BrowserError, Context},
    domain::{
        AccountIdentity, Connection, Failure, FailureCode, LoginId, Notice, Session,
        rule::{Evidence, Needs, Rule, Truth},
    },
    providers::{Login, Provider},
    sessions::{self, Proof, SessionError},
    store::SaveSession,
    vault::VaultError,
};

/// How often to look when nothing rang: a page can change its storage without a word.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long a page must look logged out before a detected login counts as gone.
const LOGOUT_HOLDS: Duration = Duration::from_secs(2);
/// How long the site's first page may take.
const START_WITHIN: Duration = Duration::from_secs(45);

/// What an effect came to.
#[derive(Debug)]
pub(super) enum Answered {
    /// The browser shows the site.
    Opened(Arc<dyn Context>),
    /// The session works in a fresh context.
    Proven {
        /// What worked there.
        session: Session,
        /// Whose account it is.
        identity: Option<AccountIdentity>,
    },
    /// Sealed for the next generation.
    Sealed(SaveSession),
    /// Anything without a thing to hand over.
    Happened(Event),
}

/// An answer, and the visit of a state that asked for it.
#[derive(Debug)]
pub(super) struct Answer {
    visit: u64,
    pub(super) answered: Answered,
}

/// Performs effects for one login.
#[derive(Debug)]
pub(super) struct Performer {
    inner: Arc<Inner>,
    login: LoginId,
    connection: Connection,
    provider: Arc<Provider>,
    answers: mpsc::UnboundedSender<Answer>,
    /// Counts the states entered; answers asked for by an earlier one are stale.
    visit: u64,
    left: CancellationToken,
    tasks: TaskTracker,
}

impl Performer {
    pub(super) fn new(
        inner: Arc<Inner>,
        login: LoginId,
        connection: Connection,
        provider: Arc<Provider>,
        answers: mpsc::UnboundedSender<Answer>,
    ) -> Self {
        Self {
            inner,
            login,
            connection,
            provider,
            answers,
            visit: 0,
            left: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    /// The state was left: what it asked for is no longer wanted.
    pub(super) fn leave_state(&mut self) {
        self.left.cancel();
        self.left = CancellationToken::new();
        self.visit += 1;
    }

    pub(super) fn is_stale(&self, answer: &Answer) -> bool {
        answer.visit != self.visit
    }

    /// Waits for what is still under way; a browser that opened too late is closed.
    pub(super) async fn finish(mut self, answers: &mut mpsc::UnboundedReceiver<Answer>) {
        self.leave_state();
        self.tasks.close();
        self.tasks.wait().await;
        while let Ok(answer) = answers.try_recv() {
            if let Answered::Opened(context) = answer.answered {
                context.close().await;
            }
        }
        // A login that failed to launch owes no closing any more either.
        self.settle(Effect::CloseBrowser).await;
    }

    /// Marks an effect as performed.
    pub(super) async fn settle(&self, effect: Effect) {
        if let Err(error) = self.inner.parts.store.settle_owed(&self.login, effect.name()).await {
            tracing::warn!(login.id = %self.login, effect = effect.name(), %error, "could not settle an effect; the next start will");
        }
    }

    /// Feeds an answer back as from an effect of the present state.
    pub(super) fn answer(&self, answered: Answered) {
        let _ = self.answers.send(Answer { visit: self.visit, answered });
    }

    /// Runs an effect until it answers or its state is left, then settles it.
    fn spawn(&self, effect: Effect, work: impl Future<Output = Answered> + Send + 'static) {
        let (visit, answers, left) = (self.visit, self.answers.clone(), self.left.clone());
        let (inner, login) = (Arc::clone(&self.inner), self.login.clone());
        self.tasks.spawn(async move {
            // Browser calls are shielded by the browser's guard: leaving here aborts none of them.
            if let Some(answered) = left.run_until_cancelled(work).await {
                let _ = answers.send(Answer { visit, answered });
            }
            if let Err(error) = inner.parts.store.settle_owed(&login, effect.name()).await {
                tracing::warn!(login.id = %login, effect = effect.name(), %error, "could not settle an effect; the next start will");
            }
        });
    }

    /// Closes a context that is not used any more.
    pub(super) fn close(&self, context: Arc<dyn Context>) {
        self.tasks.spawn(async move { context.close().await });
    }

    pub(super) fn open_browser(&self, effect: Effect) {
        let (inner, provider, connection) =
            (Arc::clone(&self.inner), Arc::clone(&self.provider), self.connection.clone());
        let (visit, answers, login) = (self.visit, self.answers.clone(), self.login.clone());
        // Not through `spawn`: a browser that opens after a cancel must be taken note of, or nobody would close it.
        self.tasks.spawn(async move {
            let answered = match open(&inner, &provider, &connection).await {
                Ok(context) => Answered::Opened(context),
                Err(error) => Answered::Happened(Event::Fault(launch_failed(&login, &error))),
            };
            let _ = answers.send(Answer { visit, answered });
            let _ = inner.parts.store.settle_owed(&login, effect.name()).await;
        });
    }

    pub(super) fn finish_by_itself(&self) {
        self.spawn(Effect::Finish, async { Answered::Happened(Event::FinishAsked) });
    }

    /// Watches for the login, and follows what the site asks or says meanwhile.
    pub(super) fn watch_for_login(&self, context: Arc<dyn Context>) {
        let settling = Settling::login(self.provider.login.settle);
        self.watch(Effect::WatchForLogin, context, settling, Event::LoginSeen, notices);
    }

    pub(super) fn watch_for_logout(&self, context: Arc<dyn Context>) {
        let settling = Settling::logout(LOGOUT_HOLDS);
        self.watch(Effect::WatchForLogout, context, settling, Event::LoginGone, |_| Vec::new());
    }

    fn watch(
        &self,
        effect: Effect,
        context: Arc<dyn Context>,
        mut settling: Settling,
        then: Event,
        notices: fn(&Login) -> Vec<(&Rule, Notice)>,
    ) {
        let (provider, clock) = (Arc::clone(&self.provider), self.inner.parts.clock.clone());
        let (visit, answers) = (self.visit, self.answers.clone());
        self.spawn(effect, async move {
            let rule = &provider.login.logged_in;
            let notices = notices(&provider.login);
            let needs = notices.iter().map(|(rule, _)| rule.needs()).fold(rule.needs(), Needs::and);
            let wanted = sessions::wanted(needs);
            let mut noticing = Noticing::default();
            let mut changes = context.changes();
            loop {
                // A look that fails (a page in the middle of a navigation) is no look; a lost browser is told elsewhere.
                if let Ok(seen) = context.observe(&wanted).await {
                    if settling.saw(rule.judge(&seen).truth, clock.now()) {
                        return Answered::Happened(then);
                    }
                    let holds = |(rule, _): &&(&Rule, Notice)| rule.judge(&seen).truth == Truth::True;
                    let notice = notices.iter().find(holds).map(|(_, notice)| *notice);
                    if noticing.saw(notice) {
                        let _ = answers.send(Answer { visit, answered: Answered::Happened(Event::Noticed(notice)) });
                    }
                }
                let _ = tokio::time::timeout(LOOK_EVERY, changes.changed()).await;
            }
        });
    }

    pub(super) fn look_again(&self, context: Arc<dyn Context>) {
        let provider = Arc::clone(&self.provider);
        self.spawn(Effect::LookAgain, async move {
            let rule = &provider.login.logged_in;
            let event = match context.observe(&sessions::wanted(rule.needs())).await {
                Ok(seen) => {
                    let judged = rule.judge(&seen);
                    Event::Looked { detected: judged.truth == Truth::True, evidence: judged.evidence }
                }
                Err(error) => {
                    tracing::debug!(%error, "could not look");
                    Event::Looked { detected: false, evidence: Vec::new() }
                }
            };
            Answered::Happened(event)
        });
    }

    pub(super) fn prove(&self, context: Arc<dyn Context>) {
        let (inner, provider, login) = (Arc::clone(&self.inner), Arc::clone(&self.provider), self.login.clone());
        self.spawn(Effect::Prove, async move {
            prove(&inner, &provider, context.as_ref()).await.unwrap_or_else(|error| {
                tracing::warn!(login.id = %login, %error, "the proof could not be carried out");
                Answered::Happened(Event::Fault(Failure {
                    code: FailureCode::VerificationFailed,
                    message: "Your login could not be checked. Please try again.".into(),
                    retryable: true,
                    evidence: Vec::new(),
                }))
            })
        });
    }

    pub(super) fn seal(&self, connection: Connection, session: Session, identity: Option<AccountIdentity>) {
        let (inner, provider) = (Arc::clone(&self.inner), Arc::clone(&self.provider));
        self.spawn(Effect::Seal, async move {
            match seal(&inner, &provider, &connection, &session, identity).await {
                Ok(save) => Answered::Sealed(save),
                Err(error) => Answered::Happened(Event::Fault(seal_failed(&error))),
            }
        });
    }
}

/// What tells that the site asks or says something, the more pressing first.
fn notices(login: &Login) -> Vec<(&Rule, Notice)> {
    let rules = [(&login.refused, Notice::Refused), (&login.challenge, Notice::Challenge)];
    rules.into_iter().filter_map(|(rule, notice)| Some((rule.as_ref()?, notice))).collect()
}

/// Opens the headed browser at the site. It holds nothing but what makes the site know the device again, where there is a saved
/// session: a login that began with the session would open the account to whoever may begin one, and one that the site has ended
/// would look like a login.
async fn open(inner: &Inner, provider: &Provider, connection: &Connection) -> Result<Arc<dyn Context>, BrowserError> {
    let old = match inner.parts.keeper.open(connection).await {
        // Another place has nothing to do with it.
        Ok(_) if connection.params != provider.values() => None,
        Ok(opened) => {
            let Session { state, identity, .. } = opened.session;
            Some(Session::new(provider.device_trust(state), identity))
        }
        Err(SessionError::None) => None,
        Err(error) => {
            tracing::warn!(connection.id = %connection.id, %error, "reconnecting as a device that the site does not know");
            None
        }
    };
    let context = inner.parts.people.open(sessions::open_options(provider, old.as_ref())).await?;
    match context.visit(&provider.login.start, START_WITHIN).await {
        Ok(_page) => Ok(context),
        Err(error) => {
            context.close().await;
            Err(error)
        }
    }
}

async fn prove(inner: &Inner, provider: &Provider, context: &dyn Context) -> Result<Answered, BrowserError> {
    let session = Session::new(provider.keep(context.storage_state().await?), context.identity());
    match sessions::prove(inner.parts.proving.as_ref(), provider, session).await? {
        Proof::Works { session, identity, .. } => Ok(Answered::Proven { session, identity }),
        Proof::LoggedOut(sighting) => {
            Ok(Answered::Happened(Event::ProbeLoggedOut { evidence: sighting.evidence }))
        }
        Proof::Unclear(sighting) => Ok(Answered::Happened(Event::Fault(Failure {
            code: FailureCode::VerificationFailed,
            message: "The site did not say clearly whether you are logged in (it may be slow, or refuse us for the moment). Please try again."
                .into(),
            retryable: true,
            evidence: sighting.evidence,
        }))),
    }
}

async fn seal(
    inner: &Inner,
    provider: &Provider,
    connection: &Connection,
    session: &Session,
    identity: Option<AccountIdentity>,
) -> Result<SaveSession, SessionError> {
    let keeper = &inner.parts.keeper;
    let generation = keeper.next_generation(&connection.id).await?;
    let sealed = keeper.seal(connection, generation, session)?;
    let ends = provider.session.expires_at(&session.state);
    Ok(SaveSession { sealed, generation, provider_version: provider.version.clone(), identity, ends })
}

fn seal_failed(error: &SessionError) -> Failure {
    match error {
        SessionError::Unsealable(VaultError::TooLarge { .. }) => Failure {
            code: FailureCode::SessionTooLarge,
            message: "The site keeps more data in the browser than can be saved (8 MiB). Its definition can leave some of it out.".into(),
            retryable: false,
            evidence: Vec::new(),
        },
        other => internal(&other.to_string()),
    }
}

fn launch_failed(login: &LoginId, error: &BrowserError) -> Failure {
    tracing::error!(login.id = %login, %error, "the browser of a login could not be opened");
    match error {
        BrowserError::Navigation { .. } | BrowserError::Timeout { .. } => Failure {
            code: FailureCode::SiteUnreachable,
            message: "The site could not be opened. It may be down for the moment. Please try again.".into(),
            retryable: true,
            evidence: vec![Evidence {
                rule: "the page where the login begins is shown".into(),
                seen: error.to_string(),
                value: Truth::False,
            }],
        },
        _ => Failure {
            code: FailureCode::BrowserUnavailable,
            message: "The browser on the server could not be started. Please try again; if it happens again, tell the operator of this service."
                .into(),
            retryable: true,
            evidence: Vec::new(),
        },
    }
}
