//! What is for sale: at first 137 products, the same ones at every start, in 140 rows of which three come twice.

use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::titles::{PRODUCERS, Title, title};

/// Rows on a page of the market.
pub(super) const PAGE: usize = 20;
/// A row here repeats the one before it, as when something is inserted between one page and the next.
const REPEATS_BEFORE: [usize; 3] = [20, 60, 100];

/// An amount with its currency.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Money {
    pub currency: &'static str,
    pub value: f64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tags {
    pub affiliation_type: &'static str,
    pub affiliation_cookie_duration: u32,
    pub recurring: bool,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Product {
    pub id: u32,
    pub ucode: String,
    pub name: String,
    pub locale: &'static str,
    pub category: &'static str,
    pub description: String,
    /// `None`: nobody has rated it yet.
    pub review_rating: Option<f64>,
    pub review_count: u32,
    /// How well it sells, from 1 to 150.
    pub temperature: u32,
    pub price: Money,
    pub tags: Tags,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Producer {
    pub name: &'static str,
    pub ucode: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Commission {
    pub percentage: u32,
    pub price: Money,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Affiliation {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub commission: Commission,
}

/// One row of the market.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub product: Product,
    pub producer: Producer,
    pub affiliation: Affiliation,
}

/// The indices of what is inserted while somebody reads begin here.
const INSERTED_FROM: usize = 100_000;

/// What is for sale at one moment: the newest first, then by how well it sells.
pub(super) struct Catalogue {
    new: Vec<Row>,
    rows: Arc<Vec<Row>>,
    /// Of products in one language alone, for somebody who is shown no others.
    only: Option<&'static str>,
}

impl Catalogue {
    pub fn new(rows: Arc<Vec<Row>>, inserted: u32, only: Option<&'static str>) -> Self {
        let new = (0..inserted as usize).rev().map(|number| INSERTED_FROM + number);
        Self { new: new.map(|index| row(index, &title(index))).collect(), rows, only }
    }

    fn shown(&self) -> impl Iterator<Item = &Row> {
        let rows = self.new.iter().chain(self.rows.iter());
        rows.filter(|row| self.only.is_none_or(|locale| locale == row.product.locale))
    }

    /// The rows, hottest first; those whose name or producer has `text` in it when there is any.
    pub fn search(&self, text: &str) -> Vec<&Row> {
        let text = text.trim().to_lowercase();
        let found = |row: &&Row| {
            text.is_empty()
                || row.product.name.to_lowercase().contains(&text)
                || row.producer.name.to_lowercase().contains(&text)
        };
        self.shown().filter(found).collect()
    }

    /// The product with this code.
    pub fn by_ucode(&self, ucode: &str) -> Option<&Row> {
        self.shown().find(|row| row.product.ucode == ucode)
    }
}

/// So many products, the same ones at every start.
pub(super) fn rows(count: usize, repeats: bool) -> Vec<Row> {
    let mut rows: Vec<Row> = (0..count).map(|index| row(index, &title(index))).collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.product.temperature), row.product.id));
    for at in REPEATS_BEFORE.into_iter().filter(|at| repeats && *at < count) {
        rows.insert(at, rows[at - 1].clone());
    }
    rows
}

fn row(index: usize, title: &Title) -> Row {
    let dice = dice(&title.name);
    let cents = PRICES[usize::from(dice[0]) % PRICES.len()];
    let currency = if title.locale == "PT_BR" { "BRL" } else { "USD" };
    let percentage = 10 + u32::from(dice[1] % 15) * 5;
    let id = 1_204_117 + u32::try_from(index).unwrap_or_default() * 7_919;
    let producer = PRODUCERS[usize::from(dice[2]) % PRODUCERS.len()];
    let rated = !dice[3].is_multiple_of(10);
    Row {
        product: Product {
            id,
            ucode: ucode(&title.name),
            name: title.name.clone(),
            locale: title.locale,
            category: title.category,
            description: title.description(producer),
            review_rating: rated.then(|| f64::from(34 + u32::from(dice[4] % 17)) / 10.0),
            review_count: if rated { 3 + u32::from(dice[5]) * 9 } else { 0 },
            temperature: 1 + (u32::from(dice[6]) * 256 + u32::from(dice[7])) % 150,
            price: money(currency, cents),
            tags: Tags {
                affiliation_type: if dice[8].is_multiple_of(3) { "MODERATED" } else { "OPEN" },
                affiliation_cookie_duration: [30, 60, 90, 180][usize::from(dice[9] % 4)],
                recurring: dice[10].is_multiple_of(5),
            },
        },
        producer: Producer { name: producer, ucode: ucode(producer) },
        affiliation: Affiliation {
            kind: "PERCENTAGE",
            commission: Commission { percentage, price: money(currency, cents * percentage / 100) },
        },
    }
}

const PRICES: [u32; 14] =
    [2_990, 4_700, 6_790, 9_700, 12_990, 14_700, 19_700, 29_700, 39_990, 49_700, 99_700, 123_456, 199_700, 249_750];

fn money(currency: &'static str, cents: u32) -> Money {
    Money { currency, value: f64::from(cents) / 100.0 }
}

fn dice(name: &str) -> [u8; 32] {
    Sha256::digest(name).into()
}

fn ucode(name: &str) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&dice(&format!("ucode of {name}"))[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn at_first() -> Catalogue {
        Catalogue::new(Arc::new(rows(137, true)), 0, None)
    }

    #[test]
    fn there_are_140_rows_of_137_products_and_each_that_repeats_does_so_on_the_next_page() {
        let catalogue = at_first();
        let rows = catalogue.search("");
        assert_eq!(rows.len(), 140);
        assert_eq!(rows.iter().map(|row| &row.product.ucode).collect::<HashSet<_>>().len(), 137);
        assert_eq!(rows.iter().map(|row| row.product.id).collect::<HashSet<_>>().len(), 137);
        assert_eq!(rows.iter().map(|row| &row.product.name).collect::<HashSet<_>>().len(), 137);
        for page in rows.chunks(PAGE) {
            assert_eq!(page.iter().map(|row| row.product.id).collect::<HashSet<_>>().len(), PAGE);
        }
    }

    #[test]
    fn both_currencies_and_unrated_products_are_there() {
        let catalogue = at_first();
        let rows = catalogue.search("");
        assert!(rows.iter().any(|row| row.product.price.currency == "USD"));
        assert!(rows.iter().any(|row| row.product.price.currency == "BRL" && row.product.price.value > 1000.0));
        assert!(rows.iter().any(|row| row.product.review_rating.is_none()));
    }

    #[test]
    fn a_search_finds_by_name_and_by_producer() {
        let catalogue = at_first();
        assert!(catalogue.search("excel").iter().all(|row| row.product.name.to_lowercase().contains("excel")));
        assert!(!catalogue.search("excel").is_empty());
        assert!(!catalogue.search(PRODUCERS[0]).is_empty());
        assert!(catalogue.search("nothing is called so").is_empty());
    }

    #[test]
    fn who_is_shown_one_language_finds_nothing_else_there_be_it_new_or_asked_for_by_its_code() {
        let all = Catalogue::new(Arc::new(rows(137, true)), 137, None);
        let spanish = Catalogue::new(Arc::new(rows(137, true)), 137, Some("ES"));
        let rows = spanish.search("");
        assert!(rows.iter().all(|row| row.product.locale == "ES"));
        let wanted = all.search("").iter().filter(|row| row.product.locale == "ES").count();
        assert_eq!(rows.len(), wanted);
        assert!((1..all.search("").len()).contains(&wanted));
        for row in all.search("") {
            assert_eq!(spanish.by_ucode(&row.product.ucode).is_some(), row.product.locale == "ES");
        }
    }

    #[test]
    fn ten_thousand_products_and_what_is_inserted_are_all_different() {
        let catalogue = Catalogue::new(Arc::new(rows(10_000, false)), 3, None);
        let rows = catalogue.search("");
        assert_eq!(rows.len(), 10_003);
        assert_eq!(rows.iter().map(|row| &row.product.ucode).collect::<HashSet<_>>().len(), 10_003);
        assert_eq!(rows.iter().map(|row| row.product.id).collect::<HashSet<_>>().len(), 10_003);
    }
}
