//! A part of the catalogue, as it was asked for: by page, by offset, or by cursor; in either shape of JSON.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    accounts::Who,
    modes::{JsonShape, ListName},
    products::{PAGE, Row},
    site::Site,
};

/// What is asked for; what is not known is let pass, as such services do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    pub page: Option<usize>,
    pub rows: Option<usize>,
    pub offset: Option<usize>,
    pub limit: Option<usize>,
    /// Empty for the beginning.
    pub cursor: Option<String>,
    #[serde(alias = "q")]
    pub query: String,
}

/// Where a list goes on.
pub(super) enum Further {
    Page { page: usize, pages: usize },
    Offset { offset: usize },
    Cursor { next: Option<String> },
}

/// A part of the catalogue.
pub(super) struct Part {
    pub rows: Vec<Row>,
    /// So many were asked for.
    pub asked: usize,
    pub total: usize,
    pub last: bool,
    pub further: Further,
}

impl Part {
    /// What was wished for of what that account is shown, or a guest.
    pub fn of(site: &Site, wish: &Wish, who: Option<Who>) -> Result<Self, &'static str> {
        let asked = wish.limit.or(wish.rows).unwrap_or(PAGE);
        if wish.page == Some(0) || !(1..=PAGE).contains(&asked) {
            return Err("page begins at 1, rows and limit are from 1 to 20");
        }
        let catalogue = who.map_or_else(|| site.guests_catalogue(), |who| site.catalogue(who));
        let found = catalogue.search(&wish.query);
        let page = wish.page.unwrap_or(1);
        let start = match (&wish.cursor, wish.offset) {
            (Some(cursor), _) if cursor.is_empty() => 0,
            (Some(cursor), _) => after(cursor, &found).ok_or("this cursor is not known")?,
            (None, Some(offset)) => offset,
            (None, None) => (page - 1).saturating_mul(asked),
        };
        let rows: Vec<Row> = found.iter().skip(start).take(asked).map(|row| (*row).clone()).collect();
        let (total, last) = (found.len(), start.saturating_add(asked) >= found.len());
        let further = match (&wish.cursor, wish.offset) {
            (Some(_), _) => {
                let next = rows.last().filter(|_| !last).map(|row| URL_SAFE_NO_PAD.encode(&row.product.ucode));
                Further::Cursor { next }
            }
            (None, Some(offset)) => Further::Offset { offset },
            (None, None) => Further::Page { page, pages: total.div_ceil(asked) },
        };
        if !last {
            site.shown_a_page();
        }
        Ok(Self { rows, asked, total, last, further })
    }

    /// As JSON.
    pub fn json(&self, shape: JsonShape, list: ListName) -> Value {
        match shape {
            JsonShape::V1 => {
                let mut answer = Map::new();
                answer.insert("content".into(), json!(self.rows));
                match &self.further {
                    Further::Page { page, pages } => {
                        answer.extend(members(json!({ "page": page, "rows": self.asked })));
                        answer.extend(members(json!({ "totalElements": self.total, "totalPages": pages })));
                    }
                    Further::Offset { offset } => answer
                        .extend(members(json!({ "offset": offset, "limit": self.asked, "totalElements": self.total }))),
                    Further::Cursor { next } => answer.extend(members(json!({ "nextCursor": next }))),
                }
                answer.insert("last".into(), json!(self.last));
                answer.into()
            }
            JsonShape::V2 => {
                let mut paging = match &self.further {
                    Further::Page { page, pages } => {
                        json!({ "page": page, "rows": self.asked, "total": self.total, "pages": pages })
                    }
                    Further::Offset { offset } => {
                        json!({ "offset": offset, "limit": self.asked, "total": self.total })
                    }
                    Further::Cursor { next } => json!({ "next": next }),
                };
                paging["hasMore"] = json!(!self.last);
                let rows: Vec<Value> = self.rows.iter().map(flat).collect();
                let mut answer = Map::new();
                answer.insert(list.as_str().into(), rows.into());
                answer.insert("pagination".into(), paging);
                answer.into()
            }
            JsonShape::Unknown => {
                let nodes: Vec<Value> = self.rows.iter().map(|row| json!({ "node": flat(row) })).collect();
                json!({ "data": { "edges": nodes, "more": !self.last } })
            }
        }
    }
}

/// Behind the product that the cursor names, wherever that is by now.
fn after(cursor: &str, found: &[&Row]) -> Option<usize> {
    let ucode = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    found.iter().rposition(|row| row.product.ucode == ucode).map(|at| at + 1)
}

/// The product's own members, and beside them the producer and the affiliation.
pub(super) fn flat(row: &Row) -> Value {
    let mut all = members(json!(row.product));
    all.insert("producer".into(), json!(row.producer));
    all.insert("affiliation".into(), json!(row.affiliation));
    all.into()
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
