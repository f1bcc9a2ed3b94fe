//! Requests with their answers, where somebody asked to see them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use playwright_rs::{protocol::Request, server::channel_owner::ChannelOwner};
use url::Url;

use super::{guard::Guard, responses};
use crate::domain::Exchange;

/// How many are kept; beyond it the oldest are forgotten.
const COUNT: usize = 2_000;

/// Remembers the requests of documents and of scripts, in the order in which their answers came.
#[derive(Default)]
pub(super) struct Exchanges {
    wanted: bool,
    kept: Mutex<Vec<(String, Exchange)>>,
}

impl Exchanges {
    pub fn new(wanted: bool) -> Self {
        Self { wanted, kept: Mutex::default() }
    }

    pub fn wants(&self, request: &Request) -> bool {
        self.wanted && matches!(request.resource_type(), "document" | "xhr" | "fetch")
    }

    pub fn all(&self) -> Vec<Exchange> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().map(|(_, exchange)| exchange.clone()).collect()
    }

    /// Remembers a request with the status of its answer at once; the body comes when it has finished, if ever.
    pub fn answered(&self, request: &Request, status: u16) {
        let Ok(url) = Url::parse(request.url()) else { return };
        let page = request.frame().and_then(|frame| frame.page()).and_then(|page| Url::parse(&page.url()).ok());
        let headers = request.headers().into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        let exchange = Exchange {
            page: page.unwrap_or_else(|| url.clone()),
            kind: request.resource_type().to_owned(),
            method: request.method().to_owned(),
            url,
            headers: headers.collect::<BTreeMap<_, _>>(),
            sent: request.post_data(),
            status,
            body: None,
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|(guid, _)| guid == request.guid()) {
            return;
        }
        if kept.len() == COUNT {
            kept.remove(0);
        }
        kept.push((request.guid().to_owned(), exchange));
    }

    /// Reads the body of an answer that has come whole.
    pub async fn finished(&self, guard: &Guard, request: Request) {
        let Some(response) = request.existing_response() else { return };
        self.answered(&request, response.status());
        let Some(body) = responses::text_of(guard, &response).await else { return };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, exchange)) = kept.iter_mut().find(|(guid, _)| guid == request.guid()) {
            exchange.body = Some(body.into());
        }
    }
}
