//! What is wrong in a definition file: file, line, caret, and the cure.

use std::{fmt, ops::Range};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

/// One mistake, where it stands, and what cures it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub place: Range<usize>,
    pub what: String,
    pub cure: String,
}

/// Why a definition file was not loaded: all its mistakes at once, each with file, line, caret and cure.
#[derive(Clone)]
pub struct DefinitionError {
    file: String,
    report: String,
}

impl DefinitionError {
    pub(super) fn new(file: &str, text: &str, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.place.start);
        let count = match mistakes.len() {
            1 => "a mistake".to_owned(),
            many => format!("{many} mistakes"),
        };
        let mut report = format!("the provider definition {file} has {count}\n");
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(120);
        for mistake in &mistakes {
            let shown = Shown { mistake, source: NamedSource::new(file, text.to_owned()) };
            // Writing into a string does not fail.
            let _ = handler.render_report(&mut report, &shown);
        }
        Self { file: file.to_owned(), report }
    }

    /// The file could not be read at all.
    pub(super) fn unreadable(file: &str, error: &std::io::Error) -> Self {
        let report = format!(
            "could not read the provider definitions at {file}: {error}. Check PROVIDERS_DIR and its permissions"
        );
        Self { file: file.to_owned(), report }
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
