//! What is wrong in a definition file: file, line, caret, and the cure.

use std::{fmt, ops::Range};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

/// One mistake, where it stands, and what cures it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands in the definition, as a range of bytes.
    pub place: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub cure: String,
    /// More to look at, such as where records differ: lines that stand for themselves.
    pub detail: Option<String>,
}

impl Mistake {
    /// A mistake without more to look at.
    #[must_use]
    pub fn new(place: Range<usize>, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { place, what: what.into(), cure: cure.into(), detail: None }
    }
}

/// Why a definition file was not loaded: all its mistakes at once, each with file, line, caret and cure.
#[derive(Clone)]
pub struct DefinitionError {
    file: String,
    report: String,
    count: usize,
    whats: String,
}

impl DefinitionError {
    /// The report of these mistakes in the text of that file.
    #[must_use]
    pub fn new(file: &str, text: &str, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.place.start);
        let count = match mistakes.len() {
            1 => "a mistake".to_owned(),
            many => format!("{many} mistakes"),
        };
        let whats = mistakes.iter().map(|mistake| mistake.what.as_str()).collect::<Vec<_>>().join("; ");
        let mut report = format!("the provider definition {file} has {count}\n");
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(120);
        for mistake in &mistakes {
            let shown = Shown { mistake, source: NamedSource::new(file, text.to_owned()) };
            // Writing into a string does not fail.
            let _ = handler.render_report(&mut report, &shown);
            report.extend(mistake.detail.iter().flat_map(|detail| [detail.trim_end(), "\n"]));
        }
        Self { file: file.to_owned(), report, count: mistakes.len(), whats }
    }

    /// The file could not be read at all.
    pub(super) fn unreadable(file: &str, error: &std::io::Error) -> Self {
        let report = format!(
            "could not read the provider definitions at {file}: {error}. Check PROVIDERS_DIR and its permissions"
        );
        Self { file: file.to_owned(), whats: report.clone(), report, count: 1 }
    }

    /// How many mistakes there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// What is wrong, in a line, without the text in which it stands.
    #[must_use]
    pub fn whats(&self) -> String {
        self.whats.clone()
    }

    /// The file that has the mistakes.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report)
    }
}

/// The same as `Display`: whoever prints it either way shows the report.
impl fmt::Debug for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report)
    }
}

impl std::error::Error for DefinitionError {}

/// A mistake with the text in which it stands, as miette wants it.
struct Shown<'a> {
    mistake: &'a Mistake,
    source: NamedSource<String>,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mistake.what)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mistake.what)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.mistake.cure))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_with_span(Some("here".into()), self.mistake.place.clone());
        Some(Box::new(std::iter::once(label)))
    }
}
