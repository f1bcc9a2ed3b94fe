//! Other words in a definition's text. A text that does not hold them fails: a test would otherwise test something else.

pub trait Replacing {
    /// All occurrences.
    fn replaced(&self, from: &str, to: &str) -> String;

    /// The first one.
    fn replaced_once(&self, from: &str, to: &str) -> String;
}

impl Replacing for str {
    fn replaced(&self, from: &str, to: &str) -> String {
        assert!(self.contains(from), "{from:?} is not in the text");
        self.replace(from, to)
    }

    fn replaced_once(&self, from: &str, to: &str) -> String {
        assert!(self.contains(from), "{from:?} is not in the text");
        self.replacen(from, to, 1)
    }
}
