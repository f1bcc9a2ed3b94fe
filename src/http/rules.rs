//! Who may do what: one line for every operation, and for every kind of caller. Closed unless said otherwise: an
//! operation that is not named here is for whoever has an access key, and for nobody else.

/// Holders of something that was given out for one thing. Each may do only what its name stands beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Of a connect token: a browser that is to connect one user.
    Token,
    /// Of a link to a login that may use it.
    Control,
    /// Of a link to a login that may only see it.
    View,
}

/// What a request must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A key, where the service can be reached from elsewhere.
    KeyOffLoopback,
    /// A ticket, which the route itself looks at.
    Ticket,
    /// A key; or else something that was given out for it.
    Key,
}

/// How much of an operation is open to those who are named beside it. A key opens all of a user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What the route itself picks out for them.
    Picked,
    /// The provider in the address, where the token names it or names none.
    Provider,
    /// The login in the address, where it is theirs.
    Login,
}

/// What an operation needs, and who beside a server may call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its `operationId`.
    pub operation: &'static str,
    /// What a request must show.
    pub needs: Needs,
    /// Who may call it without a key.
    pub holders: &'static [Holder],
    /// What of it they get.
    pub reach: Reach,
}

const fn keyed(operation: &'static str) -> Rule {
    Rule { operation, needs: Needs::Key, holders: &[], reach: Reach::Picked }
}

const fn other(operation: &'static str, needs: Needs) -> Rule {
    Rule { needs, ..keyed(operation) }
}

const fn to_connect(operation: &'static str, reach: Reach) -> Rule {
    Rule { holders: &[Holder::Token], reach, ..keyed(operation) }
}

const fn of_login(operation: &'static str, holders: &'static [Holder]) -> Rule {
    Rule { holders, reach: Reach::Login, ..keyed(operation) }
}

const TO_USE: &[Holder] = &[Holder::Token, Holder::Control];
const TO_SEE: &[Holder] = &[Holder::Token, Holder::Control, Holder::View];

/// The rules.
pub const RULES: &[Rule] = &[
    keyed("listProviders"),
    to_connect("listIntegrations", Reach::Picked),
    to_connect("connect", Reach::Provider),
    // A token makes no tokens.
    keyed("createConnectToken"),
    keyed("listConnections"),
    keyed("getConnection"),
    keyed("disconnect"),
    keyed("checkConnection"),
    keyed("listConnectionRecords"),
    keyed("getRecordHistory"),
    keyed("listSchedules"),
    keyed("setSchedule"),
    keyed("deleteSchedule"),
    of_login("getLogin", TO_SEE),
    of_login("followLogin", TO_SEE),
    // The ticket of a link that only sees opens a view that only sees.
    of_login("createLiveTicket", TO_SEE),
    of_login("finishLogin", TO_USE),
    of_login("cancelLogin", TO_USE),
    of_login("extendLogin", TO_USE),
    of_login("stayInLogin", TO_USE),
    of_login("answerAccount", TO_USE),
    // Nor does a link make links.
    of_login("createLink", &[Holder::Token]),
    of_login("endLink", &[Holder::Token]),
    other("viewLogin", Needs::Ticket),
    keyed("followUser"),
    keyed("scrape"),
    keyed("listRuns"),
    keyed("getRun"),
    keyed("cancelRun"),
    keyed("acceptRun"),
    keyed("followRun"),
    keyed("getRunScreenshot"),
    keyed("listRecords"),
    other("getHealth", Needs::Nothing),
    other("getReadiness", Needs::Nothing),
    other("getMetrics", Needs::KeyOffLoopback),
];

/// The rule of an operation, if it has one.
#[must_use]
pub fn of(operation: &str) -> Option<Rule> {
    RULES.iter().copied().find(|rule| rule.operation == operation)
}

/// The rule of what was asked for. What is no operation is a page, or, below `/api`, for nobody to know without a key.
#[must_use]
pub fn for_request(operation: Option<&str>, path: &str) -> Rule {
    let is_api = path == "/api" || path.starts_with("/api/");
    match operation {
        Some(operation) => of(operation).unwrap_or(keyed("")),
        None if is_api => keyed(""),
        None => other("", Needs::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::openapi;

    /// A new route without a line of its own fails here; in the meantime it is closed.
    #[test]
    fn every_operation_has_its_rule_and_every_rule_its_operation() {
        let document = openapi::document();
        let paths = openapi::paths(&document);
        let mut operations: Vec<&str> =
            paths.iter().flat_map(|path| &path.operations).map(|(_, id)| id.as_str()).collect();
        let mut rules: Vec<&str> = RULES.iter().map(|rule| rule.operation).collect();
        operations.sort_unstable();
        rules.sort_unstable();
        assert_eq!(rules, operations);
    }

    #[test]
    fn what_is_not_named_needs_a_key() {
        for path in ["/api", "/api/", "/api/new", "/api//logins/x/live"] {
            assert_eq!(for_request(None, path), keyed(""), "{path}");
        }
        assert_eq!(for_request(Some("brandNew"), "/brand-new"), keyed(""));
        for path in ["/", "/integrations", "/connect", "/docs", "/openapi.json", "/apis"] {
            assert_eq!(for_request(None, path).needs, Needs::Nothing, "{path}");
        }
    }
}
