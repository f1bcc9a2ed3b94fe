//! Records as JSON, as lines of JSON, or as a table for spreadsheets.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use poem::{
    Body, IntoResponse, Request, Response,
    http::{StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Enum,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
    types::{ToJSON, Type},
};
use serde_json::Value;
use url::form_urlencoded;

use super::{
    problem::{Kind, Problem},
    shared::Shared,
    views,
};
use crate::{
    domain::{Connection, ConnectionId, Order, OrderBy, ProviderId, Record, Run, Search, Selection, StreamName},
    store::{Page, RecordFilter, Selected},
};

/// A page, where none is asked for.
pub const PAGE: u32 = 200;
/// Read at once for a whole table.
const BATCH: u32 = 500;
/// The same of a selection: for each such page all of the stream's records are looked at.
const SELECTED_BATCH: u32 = 5000;

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub enum Format {
    /// A page, with `total` and `next`.
    Json,
    /// One record to a line.
    Ndjson,
    /// RFC 4180, with a line of names.
    Csv,
}

impl Format {
    /// What the query says, or else `Accept`.
    #[must_use]
    pub fn of(request: &Request, asked: Option<Self>) -> Self {
        let accept = request.header(header::ACCEPT).unwrap_or_default();
        asked.unwrap_or(match accept {
            accept if accept.contains("application/json") => Self::Json,
            accept if accept.contains("application/x-ndjson") => Self::Ndjson,
            accept if accept.contains("text/csv") => Self::Csv,
            _ => Self::Json,
        })
    }
}

/// Which records.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// After this place.
    pub cursor: Option<String>,
    /// How many; none: a page as JSON, else all.
    pub limit: Option<u32>,
}

/// Whose records they are, and which of them.
#[derive(Debug, Clone)]
pub struct Table {
    provider: ProviderId,
    connection: ConnectionId,
    stream: StreamName,
    filter: RecordFilter,
    selection: Selection,
    /// Where they are, with what was asked, but without cursor and limit.
    address: String,
}

impl Table {
    /// Those that a run saw.
    #[must_use]
    pub fn of_run(run: &Run) -> Self {
        Self {
            provider: run.provider.clone(),
            connection: run.connection.clone(),
            stream: run.stream.clone(),
            filter: RecordFilter::of_run(&run.id),
            selection: Selection::default(),
            address: format!("/api/scraper/runs/{}/records?", run.id),
        }
    }

    /// Those of a connection's stream, from all runs.
    #[must_use]
    pub fn of_connection(connection: &Connection, stream: StreamName, filter: RecordFilter) -> Self {
        let mut asked = form_urlencoded::Serializer::new(String::new());
        asked.append_pair("stream", stream.as_str());
        if let Some(run) = &filter.run {
            asked.append_pair("run", run.as_str());
        }
        if let Some(since) = filter.changed_since {
            asked.append_pair("changedSince", &since.to_string());
        }
        if filter.without_missing {
            asked.append_pair("missing", "false");
        }
        let address = format!("/api/connections/{}/records?{}&", connection.id, asked.finish());
        let (provider, connection) = (connection.provider.clone(), connection.id.clone());
        Self { provider, connection, stream, filter, selection: Selection::default(), address }
    }

    /// Only those that a search finds, and in this order.
    pub fn select(mut self, shared: &Shared, wish: &Wish) -> Result<Self, Problem> {
        let mut asked = form_urlencoded::Serializer::new(std::mem::take(&mut self.address));
        if let Some(typed) = &wish.search {
            asked.append_pair("q", typed);
        }
        if let Some(by) = &wish.sort {
            asked.append_pair("sort", by);
        }
        self.address = asked.finish() + "&";
        let search = wish.search.as_deref().and_then(Search::new);
        let order = wish.sort.as_deref().map(|by| self.order(shared, by)).transpose()?;
        self.selection = Selection { search, order };
        Ok(self)
    }

    fn order(&self, shared: &Shared, asked: &str) -> Result<Order, Problem> {
        let (descending, name) = asked.strip_prefix('-').map_or((false, asked), |name| (true, name));
        let by = match name {
            "firstSeen" => OrderBy::FirstSeen,
            "lastSeen" => OrderBy::LastSeen,
            "changedAt" => OrderBy::ChangedAt,
            name => {
                let provider = shared.providers.get(&self.provider);
                let stream = provider.iter().flat_map(|provider| &provider.streams).find(|one| one.name == self.stream);
                let field = stream.map(|stream| stream.fields.iter().find(|field| field.name == name));
                if let Some(None) = field {
                    let detail = format!("the stream {} has no field {name:?} to sort by", self.stream);
                    return Err(Problem::new(Kind::BadRequest, detail));
                }
                // Where the definition has gone, the records may have such a field all the same.
                let number = field.flatten().is_some_and(|field| matches!(field.kind.as_str(), "integer" | "decimal"));
                OrderBy::Field { name: name.to_owned(), number }
            }
        };
        Ok(Order { by, descending })
    }

    fn batch(&self) -> u32 {
        if self.selection.is_all() { BATCH } else { SELECTED_BATCH }
    }
}

/// Which records are wanted, and in which order, as it was asked.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// What they hold.
    pub search: Option<String>,
    /// By what they are ordered; a `-` before it: the greatest first.
    pub sort: Option<String>,
}

/// The answer in one of the forms.
pub struct Records(Response);

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Records")
    }
}

/// One page of the records.
pub async fn page(shared: &Shared, table: &Table, wanted: &Wanted) -> Result<views::RecordPage, Problem> {
    let limit = wanted.limit.unwrap_or(PAGE);
    let (page, total) = if table.selection.is_all() {
        let page = read(shared, table, wanted.cursor.as_deref(), limit).await?;
        (page, shared.store.count_records(&table.connection, &table.stream, &table.filter).await?)
    } else {
        let Selected { page, total } = selected(shared, table, wanted.cursor.as_deref(), limit).await?;
        (page, total)
    };
    Ok(views::RecordPage { records: page.records.into_iter().map(Into::into).collect(), total, next: page.next })
}

async fn read(shared: &Shared, table: &Table, cursor: Option<&str>, limit: u32) -> Result<Page, Problem> {
    if !table.selection.is_all() {
        return Ok(selected(shared, table, cursor, limit).await?.page);
    }
    Ok(shared.store.records(&table.connection, &table.stream, cursor, limit, &table.filter).await?)
}

async fn selected(shared: &Shared, table: &Table, cursor: Option<&str>, limit: u32) -> Result<Selected, Problem> {
    let Table { connection, stream, filter, selection, .. } = table;
    Ok(shared.store.selected_records(connection, stream, filter, selection, cursor, limit).await?)
}

/// The records in the form asked for.
pub async fn answer(shared: &Arc<Shared>, table: Table, wanted: Wanted, format: Format) -> Result<Records, Problem> {
    let response = Response::builder().header(header::CACHE_CONTROL, "no-store");
    let mut response = match format {
        Format::Json => {
            let page = page(shared, &table, &wanted).await?;
            return Ok(Records(response.content_type("application/json").body(page.to_json_string())));
        }
        Format::Ndjson => response.content_type("application/x-ndjson"),
        Format::Csv => response.content_type("text/csv; charset=utf-8; header=present").header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}-{}.csv\"", table.provider, table.stream),
        ),
    };
    // Read before answering, so that a refusal is still a problem.
    let first = read(shared, &table, wanted.cursor.as_deref(), wanted.limit.unwrap_or(table.batch())).await?;
    let columns = columns(shared, &table, &first);
    let written = match format {
        Format::Csv => Written::Csv(columns),
        _ => Written::Lines,
    };
    if let (Some(limit), Some(next)) = (wanted.limit, &first.next) {
        let link = format!("<{}cursor={next}&limit={limit}>; rel=\"next\"", table.address);
        response = response.header(header::LINK, link);
    }
    let head = stream::iter(written.head()).map(Ok);
    let state = (Arc::clone(shared), table, Some(first), wanted.limit.is_some());
    let pages = stream::try_unfold(state, |(shared, table, page, only_one)| async move {
        let Some(page) = page else { return Ok::<_, Problem>(None) };
        let next = match &page.next {
            Some(cursor) if !only_one => Some(read(&shared, &table, Some(cursor), table.batch()).await?),
            _ => None,
        };
        Ok(Some((page.records, (shared, table, next, only_one))))
    });
    let rows = pages.map_ok(move |records| written.rows(&records));
    let body = head.chain(rows).map_err(|problem| {
        tracing::warn!(%problem, "a table of records ended early");
        std::io::Error::other("the records could not be read to their end")
    });
    Ok(Records(response.body(Body::from_bytes_stream(body))))
}

/// The fields in the definition's order; where the definition has gone, those of the first record.
fn columns(shared: &Shared, table: &Table, first: &Page) -> Vec<String> {
    let defined = shared.providers.get(&table.provider).and_then(|provider| {
        let stream = provider.streams.iter().find(|stream| stream.name == table.stream)?;
        Some(stream.fields.iter().map(|field| field.name.clone()).collect())
    });
    defined.unwrap_or_else(|| first.records.first().map(|r| r.fields.keys().cloned().collect()).unwrap_or_default())
}

enum Written {
    Lines,
    Csv(Vec<String>),
}

impl Written {
    fn head(&self) -> Option<Vec<u8>> {
        match self {
            Self::Lines => None,
            Self::Csv(columns) => Some(csv_lines([columns.iter().map(|name| safe(name.clone())).collect()])),
        }
    }

    fn rows(&self, records: &[Record]) -> Vec<u8> {
        match self {
            Self::Lines => records
                .iter()
                .flat_map(|record| (views::Record::from(record.clone()).to_json_string() + "\n").into_bytes())
                .collect(),
            Self::Csv(columns) => csv_lines(
                records
                    .iter()
                    .map(|record| columns.iter().map(|name| cell(record.fields.get(name))).collect::<Vec<_>>()),
            ),
        }
    }
}

fn csv_lines(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        // Writing into memory, rows of one length: neither can fail.
        let _ = out.write_record(row);
    }
    out.into_inner().unwrap_or_default()
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => safe(text.clone()),
        Some(Value::Number(number)) => number.to_string(),
        Some(other) => safe(other.to_string()),
    }
}

/// A spreadsheet takes a cell that begins so for a formula, and runs it. A plain number is none.
fn safe(text: String) -> String {
    let number = text.strip_prefix('-').unwrap_or(&text);
    let plain = number.split('.').count() <= 2
        && number.split('.').all(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    if !plain && text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

impl IntoResponse for Records {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for Records {
    fn meta() -> MetaResponses {
        let text = || MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")));
        MetaResponses {
            responses: vec![MetaResponse {
                description: "The records.",
                status: Some(StatusCode::OK.as_u16()),
                status_range: None,
                content: vec![
                    MetaMediaType { content_type: "application/json", schema: views::RecordPage::schema_ref() },
                    MetaMediaType { content_type: "application/x-ndjson", schema: text() },
                    MetaMediaType { content_type: "text/csv", schema: text() },
                ],
                headers: vec![MetaHeader {
                    name: "Link".into(),
                    description: Some("The next page, for NDJSON and CSV with a `limit`.".into()),
                    required: false,
                    deprecated: false,
                    schema: text(),
                }],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        views::RecordPage::register(registry);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn a_table_is_safe_in_a_spreadsheet() {
        let fields = json!({"name": "=HYPERLINK(\"http://evil\")", "note": "a \"b\", c\nd", "price": "-4.50",
            "at": "@SUM(A1)", "plus": "+1+2", "minus": "-", "count": -3, "tags": ["x"], "gone": null});
        let record = Record {
            key: "1".into(),
            fields: fields.as_object().unwrap().clone(),
            first_seen: Timestamp(0),
            last_seen: Timestamp(0),
            changed_at: Timestamp(0),
            missing_since: None,
        };
        let columns = ["name", "note", "price", "at", "plus", "minus", "count", "tags", "gone", "missing"];
        let written = Written::Csv(columns.map(String::from).to_vec());
        assert_eq!(written.head().unwrap(), b"name,note,price,at,plus,minus,count,tags,gone,missing\r\n");
        assert_eq!(
            String::from_utf8(written.rows(&[record])).unwrap(),
            "\"'=HYPERLINK(\"\"http://evil\"\")\",\"a \"\"b\"\", c\nd\",-4.50,'@SUM(A1),'+1+2,'-,-3,\"[\"\"x\"\"]\",,\r\n"
        );
    }
}
