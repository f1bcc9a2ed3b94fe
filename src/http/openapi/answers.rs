//! Which errors each operation can answer with: [`Problem`](super::super::problem::Problem) knows all of them, no
//! operation does.

use serde_json::Value;

use super::operations;

/// Whatever needs a key can answer these.
const COMMON: &[u16] = &[400, 401, 403, 500, 503];
/// Whatever takes a body can also answer these.
const BODY: &[u16] = &[408, 413, 415, 422];

/// What each operation can answer beside [`COMMON`], and whether it takes a body.
const OWN: &[(&str, &[u16], bool)] = &[
    ("listProviders", &[], false),
    ("listIntegrations", &[], false),
    ("connect", &[404, 409, 429], true),
    ("createConnectToken", &[], true),
    ("listConnections", &[], false),
    ("getConnection", &[404], false),
    ("disconnect", &[404, 409], false),
    ("checkConnection", &[404, 409], false),
    ("listConnectionRecords", &[404, 422], false),
    ("getRecordHistory", &[404, 422], false),
    ("listSchedules", &[404], false),
    ("setSchedule", &[404], true),
    ("deleteSchedule", &[404], false),
    ("getLogin", &[404], false),
    ("finishLogin", &[404, 409], false),
    ("cancelLogin", &[404, 409], false),
    ("extendLogin", &[404, 409], false),
    ("stayInLogin", &[404, 409], false),
    ("answerAccount", &[404, 409], true),
    ("createLink", &[404, 409], true),
    ("endLink", &[404], false),
    ("followLogin", &[404], false),
    ("followUser", &[], false),
    ("createLiveTicket", &[404, 409], false),
    ("viewLogin", &[404], false),
    ("scrape", &[404, 409, 502], true),
    ("listRuns", &[404], false),
    ("getRun", &[404], false),
    ("cancelRun", &[404, 409], false),
    ("acceptRun", &[404, 409], false),
    ("followRun", &[404], false),
    ("getRunScreenshot", &[404], false),
    ("listRecords", &[404], false),
];

/// Outside `/api`: exactly these.
const PUBLIC: &[(&str, &[u16])] =
    &[("getHealth", &[403]), ("getReadiness", &[403, 500, 503]), ("getMetrics", &[400, 401, 403])];

/// The errors that an operation can answer with.
pub fn errors(id: &str) -> Option<Vec<u16>> {
    if let Some((_, errors)) = PUBLIC.iter().find(|(known, _)| *known == id) {
        return Some(errors.to_vec());
    }
    let (_, own, body) = OWN.iter().find(|(known, _, _)| *known == id)?;
    Some([COMMON, own, if *body { BODY } else { &[] }].concat())
}

/// Takes away what an operation never answers.
pub fn prune(document: &mut Value) {
    for (id, operation) in operations(document) {
        let can = errors(&id).unwrap_or_default();
        if let Some(responses) = operation["responses"].as_object_mut() {
            responses
                .retain(|status, _| status.parse::<u16>().is_ok_and(|status| status < 400 || can.contains(&status)));
        }
    }
}
