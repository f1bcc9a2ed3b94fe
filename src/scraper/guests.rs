//! Whether a source shows items to a client without a session. Where it does, items do not prove that the session works: a site
//! that has ended it may go on with the part of the list that is public.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{
    asking::{self, Proof},
    ending::Halt,
    reading::Keeps,
    visit::{Errand, Found, Standing},
};
use crate::{
    domain::{BrowserIdentity, ProviderId, Session, StorageState, StreamName},
    providers::Fetch,
    sessions::Asking,
};

/// Definition, its version, the site's address, stream and source.
type Key = (ProviderId, String, String, StreamName, u32);

/// What was found out, for as long as the service runs.
#[derive(Default)]
pub(super) struct Guests(Mutex<HashMap<Key, bool>>);

impl Guests {
    /// Whether a client without a session is seen to get no items of this source: the site says that one is logged out, or an empty
    /// list. The first time its first page is asked for; `false` where that was not answered, and then it is asked for again the next
    /// time. An error where the site wants to be left alone.
    pub async fn are_refused(
        &self,
        errand: Errand<'_>,
        fetch: &Fetch,
        identity: &BrowserIdentity,
    ) -> Result<bool, Halt> {
        let Errand { provider, stream, place, .. } = errand;
        let key = (provider.id.clone(), provider.version.clone(), provider.place.clone(), stream.name.clone(), place);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        if let Some(refused) = known {
            return Ok(refused);
        }
        let shows = shows_items(errand, fetch, identity).await?;
        if let Some(shows) = shows {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, !shows);
        }
        Ok(shows == Some(false))
    }
}

/// `None`: it was not answered, or the site had enough.
async fn shows_items(errand: Errand<'_>, fetch: &Fetch, identity: &BrowserIdentity) -> Result<Option<bool>, Halt> {
    let nobody = Session::new(StorageState::default(), identity.clone());
    let Ok(asking) = Asking::new(&nobody) else { return Ok(None) };
    let shown = Mutex::new(None);
    let errand = Errand { keeps: Keeps::FirstPage(&shown), ..errand };
    let (mut found, mut standing) = (Found::default(), Standing::default());
    let came =
        asking::read(errand, (&asking, Proof::MarksAlone), &mut found, &mut standing, &fetch.without_session(), None)
            .await;
    let items = shown.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(0, |page| page.items);
    match came {
        _ if items > 0 => Ok(Some(true)),
        Ok(()) | Err(Halt::LoggedOut(_)) => Ok(Some(false)),
        // A wall for robots, or for whoever has not agreed to cookies: what is behind it for somebody without a session is not seen.
        Err(Halt::Answered(_) | Halt::Drift(_)) => Ok(Some(true)),
        Err(halt @ Halt::Blocked { wait: Some(_), .. }) => Err(halt),
        Err(_) => Ok(None),
    }
}
