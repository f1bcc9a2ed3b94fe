//! The market in another language: what a visitor reads, by what it says in English.

use serde::{Deserialize, Serialize};
use serde_json::json;

/// The language of the market's pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "pt-BR")]
    Portuguese,
}

const PORTUGUESE: [(&str, &str); 17] = [
    ("Sign out", "Sair"),
    ("Switch account", "Trocar de conta"),
    ("Market", "Mercado"),
    ("Hottest", "Mais quentes"),
    ("Pages", "Páginas"),
    ("Endless", "Sem fim"),
    ("More", "Mais"),
    ("Rows", "Linhas"),
    ("Plain", "Simples"),
    ("Show products", "Mostrar produtos"),
    ("Load more", "Carregar mais"),
    ("Loading…", "Carregando…"),
    ("Loading more…", "Carregando mais…"),
    ("Next ›", "Próxima ›"),
    ("« First", "« Primeira"),
    ("Nothing here is called so.", "Nada aqui tem esse nome."),
    ("That is all.", "Isso é tudo."),
];

impl Language {
    fn words(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::English => &[],
            Self::Portuguese => &PORTUGUESE,
        }
    }

    /// HTML in English, in this language: what an element says and nothing else.
    pub fn of_html(self, html: &str) -> String {
        let mut text = html.to_owned();
        for (english, word) in self.words() {
            text = text.replace(&format!(">{english}<"), &format!(">{word}<"));
        }
        match self {
            Self::English => text,
            Self::Portuguese => text.replace("<html lang=\"en\">", "<html lang=\"pt-BR\">"),
        }
    }

    /// The words as JSON, by the English ones: for the page's scripts.
    pub fn json(self) -> String {
        let words: serde_json::Map<_, _> =
            self.words().iter().map(|(english, word)| ((*english).to_owned(), json!(word))).collect();
        json!(words).to_string()
    }
}
