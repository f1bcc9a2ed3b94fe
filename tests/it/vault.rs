//! Stories of the vault: what is sealed opens in its place, with its key, unchanged; nowhere else, not otherwise.

use proptest::prelude::*;
use staylogged::{
    domain::{
        AccountName, BrowserIdentity, Connection, ConnectionId, ConnectionStatus, Cookie, OriginState, ProviderId,
        Sealed, Session, StorageState, Timestamp, UserId, Viewport, session::StorageEntry,
    },
    vault::{KeyError, KeyRing, LARGEST, Place, Vault, VaultError, generate_key},
};
use uuid::Uuid;

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
const OTHER: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";
const SECRET: &str = "MARKED-SECRET-OF-ANA";

fn vault(current: &str, old: &str) -> Vault {
    Vault::new(KeyRing::parse(current, old).expect("keys"))
}

fn connection(user: &str) -> Connection {
    Connection {
        id: ConnectionId::new(Uuid::from_u128(7)),
        user: UserId::parse(user).expect("a user id"),
        provider: ProviderId::parse("demo-market").expect("a provider id"),
        account: AccountName::main(),
        status: ConnectionStatus::Pending,
        identity: None,
        reason: None,
        connected_at: None,
        checked_at: None,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

fn place() -> Place {
    Place::of_session("ins_1", &connection("ana"), 3)
}

fn session_with(cookies: Vec<Cookie>, origins: Vec<OriginState>) -> Session {
    Session {
        state: StorageState { cookies, origins },
        identity: BrowserIdentity {
            user_agent: "Mozilla/5.0".into(),
            locale: "en-GB".into(),
            timezone: "Europe/Berlin".into(),
            viewport: Viewport::default(),
        },
    }
}

fn cookie(value: &str) -> Cookie {
    Cookie {
        name: "sid".into(),
        value: value.into(),
        domain: ".example.com".into(),
        path: "/".into(),
        expires: -1.0,
        http_only: true,
        secure: true,
        same_site: "Lax".into(),
    }
}

fn session() -> Session {
    session_with(vec![cookie(SECRET)], vec![])
}

#[test]
fn what_is_sealed_opens_in_its_place() {
    let vault = vault(KEY, "");
    let sealed = vault.seal(&place(), &session()).expect("seals");
    assert_eq!(vault.open(&place(), &sealed).expect("opens"), session());
    assert!(!contains(sealed.as_bytes(), SECRET.as_bytes()));
    assert!(!contains(sealed.as_bytes(), b"example.com"));
    let again = vault.seal(&place(), &session()).expect("seals");
    assert_ne!(sealed.as_bytes()[16..], again.as_bytes()[16..], "every save has a data key and nonces of its own");
}

#[test]
fn the_layout_is_as_documented() {
    let sealed = vault(KEY, "").seal(&place(), &session()).expect("seals");
    let bytes = sealed.as_bytes();
    let plain = serde_json::to_vec(&session()).expect("JSON").len();
    assert_eq!(bytes.len(), 4 + 1 + 1 + 1 + 1 + 8 + 12 + 48 + 32 + 12 + plain + 16);
    assert_eq!(&bytes[..8], b"SLGD\x01\x01\x01\x00");
    let id = |key| vault(key, "").seal(&place(), &session()).expect("seals").as_bytes()[8..16].to_vec();
    assert_eq!(id(KEY), bytes[8..16], "a key keeps its id");
    assert_ne!(id(OTHER), bytes[8..16]);
    assert!(!KEY.to_lowercase().contains(&hex(&bytes[8..16])), "the id is not a part of the key");
}

#[test]
fn a_change_of_any_byte_is_refused() {
    let vault = vault(KEY, OTHER);
    let sealed = vault.seal(&place(), &session()).expect("seals").as_bytes().to_vec();
    for at in 0..sealed.len() {
        for bit in [1, 0x80] {
            let mut changed = sealed.clone();
            changed[at] ^= bit;
            assert!(vault.open(&place(), &Sealed::from_bytes(changed)).is_err(), "byte {at}");
        }
    }
    for length in 0..sealed.len() {
        assert!(vault.open(&place(), &Sealed::from_bytes(sealed[..length].to_vec())).is_err(), "cut at {length}");
    }
    let longer = [&sealed[..], &[0]].concat();
    assert_eq!(vault.open(&place(), &Sealed::from_bytes(longer)).expect_err("refused"), VaultError::Refused);
}

#[test]
fn a_row_moved_to_another_place_does_not_open() {
    let vault = vault(KEY, "");
    let sealed = vault.seal(&place(), &session()).expect("seals");
    let elsewhere = [
        Place { user: UserId::parse("bob").expect("an id"), ..place() },
        Place { connection: ConnectionId::new(Uuid::from_u128(8)), ..place() },
        Place { provider: ProviderId::parse("hotmart").expect("an id"), ..place() },
        Place { generation: 2, ..place() },
        Place { generation: 4, ..place() },
        Place { installation: "ins_2".into(), ..place() },
        Place { purpose: "canary", ..place() },
        Place { schema_version: 2, ..place() },
        // The same bytes in a row, cut elsewhere.
        Place { purpose: "sessioni", installation: "ns_1".into(), ..place() },
    ];
    for place in elsewhere {
        assert_eq!(vault.open(&place, &sealed).expect_err("refused"), VaultError::Refused, "{place:?}");
    }
}

#[test]
fn a_former_key_opens_and_does_not_seal() {
    let sealed = vault(OTHER, "").seal(&place(), &session()).expect("seals");
    assert_eq!(vault(KEY, "").open(&place(), &sealed).expect_err("refused"), VaultError::OtherKey);
    let changed = vault(KEY, &format!("{KEY}, {OTHER}"));
    assert_eq!(changed.open(&place(), &sealed).expect("opens"), session());
    let anew = changed.seal(&place(), &session()).expect("seals");
    assert!(vault(KEY, "").open(&place(), &anew).is_ok());
    assert_eq!(vault(OTHER, "").open(&place(), &anew).expect_err("refused"), VaultError::OtherKey);
}

#[test]
fn the_canary_tells_another_key() {
    let canary = vault(KEY, "").seal_canary("ins_1").expect("seals");
    vault(&KEY.to_lowercase(), "").check_canary("ins_1", &canary).expect("the same key in another case");
    vault(OTHER, KEY).check_canary("ins_1", &canary).expect("a former key will do");
    let error = vault(OTHER, "").check_canary("ins_1", &canary).expect_err("refused");
    assert_eq!(error, VaultError::OtherKey);
    let text = error.to_string();
    for part in ["differs from the one that sealed this database", "original key", "SESSION_ENCRYPTION_KEYS_OLD"] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    let copied = vault(KEY, "").check_canary("ins_2", &canary);
    assert_eq!(copied.expect_err("refused"), VaultError::Refused, "it is another installation's");
}

#[test]
fn more_than_8_mib_is_refused() {
    let vault = vault(KEY, "");
    let empty = serde_json::to_vec(&session_with(vec![cookie("")], vec![])).expect("JSON").len();
    let of = |length: usize| session_with(vec![cookie(&"x".repeat(length - empty))], vec![]);
    let largest = vault.seal(&place(), &of(LARGEST)).expect("seals");
    assert_eq!(vault.open(&place(), &largest).expect("opens"), of(LARGEST));
    let error = vault.seal(&place(), &of(LARGEST + 1)).expect_err("refused");
    assert_eq!(error, VaultError::TooLarge { bytes: LARGEST + 1 });
    assert!(error.to_string().contains("8388609") && error.to_string().contains("8388608"), "{error}");
}

fn refused(current: &str, old: &str) -> KeyError {
    let error = KeyRing::parse(current, old).expect_err("refused");
    let text = error.to_string();
    for value in [current, old] {
        assert!(value.len() < 8 || !text.contains(value), "it repeats the value");
    }
    assert!(text.contains("openssl rand -hex 32"), "{text}");
    error
}

#[test]
fn a_wrong_key_is_named_with_its_cure_and_never_repeated() {
    let x_at_5 = format!("0011x{}", &KEY[5..]);
    let wide = format!("é{}", &KEY[1..]);
    let too_short = &KEY[..63];
    let repeated = "ab".repeat(32);
    let (spaced, quoted) = (format!("{KEY}\n"), format!("'{KEY}'"));
    for (value, problem) in [
        ("", "is not set"),
        ("changeme", "is 8 characters long instead of 64"),
        (too_short, "is 63 characters long instead of 64"),
        (&spaced, "is 65 characters long instead of 64, because there is white space around it"),
        (&quoted, "is 66 characters long instead of 64, because there are quotation marks around it"),
        (&x_at_5, "is not hexadecimal at character 5 of 64"),
        (&wide, "is not hexadecimal at character 1 of 64"),
        (&repeated, "is one byte repeated 32 times"),
    ] {
        let error = refused(value, "");
        assert_eq!(error.variable, "SESSION_ENCRYPTION_KEY");
        let text = error.to_string();
        assert!(text.starts_with(&format!("SESSION_ENCRYPTION_KEY {problem}")), "{text}");
    }
    let error = refused(KEY, &format!("{OTHER},{too_short}"));
    assert_eq!(error.variable, "SESSION_ENCRYPTION_KEYS_OLD");
    let text = error.to_string();
    assert!(text.contains("number 2") && text.contains("63 characters"), "{text}");
}

#[test]
fn a_made_key_is_a_key() {
    let (one, other) = (generate_key(), generate_key());
    KeyRing::parse(&one, &other).expect("keys");
    assert_ne!(one, other);
}

#[test]
fn nothing_of_a_key_or_a_session_is_shown() {
    let vault = vault(KEY, OTHER);
    let sealed = vault.seal(&place(), &session()).expect("seals");
    let shown = format!("{vault:?} {sealed:?} {:?} {:?}", session(), KeyRing::parse(KEY, OTHER));
    assert!(!shown.contains(SECRET) && !shown.contains("0011"), "{shown}");
    assert!(!shown.to_lowercase().contains(&KEY[..8]) && !shown.contains(&OTHER[..8]), "{shown}");
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

prop_compose! {
    fn entries()(entries in prop::collection::vec((any::<String>(), any::<String>()), 0..4)) -> Vec<StorageEntry> {
        entries.into_iter().map(|(name, value)| StorageEntry { name, value }).collect()
    }
}

prop_compose! {
    fn sessions()(
        cookies in prop::collection::vec((any::<String>(), any::<String>(), any::<i32>(), any::<bool>()), 0..5),
        origins in prop::collection::vec((any::<String>(), entries(), entries(), any::<u64>()), 0..3),
        (width, height) in any::<(u32, u32)>(),
        user_agent in any::<String>(),
    ) -> Session {
        let cookies = cookies.into_iter().map(|(name, value, expires, secure)| {
            Cookie { name, expires: f64::from(expires), secure, ..cookie(&value) }
        });
        let origins = origins.into_iter().map(|(origin, local_storage, session_storage, number)| OriginState {
            origin, local_storage, session_storage, indexed_db: vec![serde_json::json!({ "n": number })],
        });
        let mut session = session_with(cookies.collect(), origins.collect());
        session.identity.viewport = Viewport { width, height };
        session.identity.user_agent = user_agent;
        session
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_session_comes_back_as_it_was(session in sessions(), generation in any::<i64>(), user in "[!-~]{1,128}") {
        let vault = vault(KEY, "");
        let place = Place::of_session("ins_1", &connection(&user), generation);
        let sealed = vault.seal(&place, &session).expect("seals");
        prop_assert_eq!(vault.open(&place, &sealed).expect("opens"), session);
    }

    #[test]
    fn anything_else_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), head in any::<bool>()) {
        let bytes = if head { [b"SLGD\x01\x01\x01\x00".to_vec(), bytes].concat() } else { bytes };
        prop_assert!(vault(KEY, "").open(&place(), &Sealed::from_bytes(bytes)).is_err());
    }
}
