//! What the demo's products are called.

use std::sync::LazyLock;

/// A product's name and what goes with it.
#[derive(Clone)]
pub(super) struct Title {
    pub name: String,
    pub locale: &'static str,
    pub category: &'static str,
}

impl Title {
    pub fn description(&self, producer: &str) -> String {
        match self.locale {
            "PT_BR" => format!("Aulas em vídeo, exercícios e certificado. Acesso por um ano. Com {producer}."),
            "ES" => format!("Clases en vídeo, ejercicios y certificado. Acceso por un año. Con {producer}."),
            _ => format!("Video lessons, exercises and a certificate. One year of access. By {producer}."),
        }
    }
}

/// There are this many distinct names; whatever comes after is a later edition.
const DISTINCT: usize = 137;

pub(super) const PRODUCERS: [&str; 20] = [
    "Escola Horizonte",
    "Lúcia Prado",
    "Studio Maré",
    "Rafael Nunes",
    "Oficina do Saber",
    "Beatriz Cardoso",
    "Grupo Raiz",
    "Caio Antunes",
    "Northlight Academy",
    "Maya Thompson",
    "Oak & Ember",
    "Daniel Reyes",
    "Academia Sur",
    "Valentina Ríos",
    "Taller Abierto",
    "Helena Duarte",
    "Instituto Ponte",
    "Marcos Teixeira",
    "Casa das Letras",
    "Irene Castaño",
];

type Topic = (&'static str, &'static str);

const PT: [Topic; 22] = [
    ("Excel", "Business"),
    ("Marketing Digital", "Marketing"),
    ("Fotografia de Produto", "Art & Photo"),
    ("Confeitaria Artesanal", "Cooking"),
    ("Pão de Fermentação Natural", "Cooking"),
    ("Violão Popular", "Music"),
    ("Canto", "Music"),
    ("Inglês para Viagens", "Languages"),
    ("Finanças Pessoais", "Finance"),
    ("Investimentos", "Finance"),
    ("Programação em Python", "Technology"),
    ("Desenho a Lápis", "Art & Photo"),
    ("Aquarela", "Art & Photo"),
    ("Costura Criativa", "Crafts"),
    ("Jardinagem em Apartamento", "Home"),
    ("Yoga em Casa", "Health"),
    ("Corrida de Rua", "Health"),
    ("Redação para o ENEM", "Education"),
    ("Oratória", "Business"),
    ("Gestão do Tempo", "Business"),
    ("Edição de Vídeo", "Technology"),
    ("Marcenaria", "Crafts"),
];

const EN: [Topic; 13] = [
    ("Watercolor Landscapes", "Art & Photo"),
    ("Spreadsheet Modelling", "Business"),
    ("Home Coffee Roasting", "Cooking"),
    ("Copywriting", "Marketing"),
    ("Acoustic Guitar", "Music"),
    ("Portuguese for Travellers", "Languages"),
    ("Index Investing", "Finance"),
    ("Rust Programming", "Technology"),
    ("Ceramics", "Crafts"),
    ("Strength Training", "Health"),
    ("Public Speaking", "Business"),
    ("Landscape Photography", "Art & Photo"),
    ("Woodworking", "Crafts"),
];

const ES: [Topic; 11] = [
    ("Cocina Mediterránea", "Cooking"),
    ("Guitarra Flamenca", "Music"),
    ("Finanzas para Autónomos", "Finance"),
    ("Diseño de Interiores", "Home"),
    ("Fotografía Móvil", "Art & Photo"),
    ("Cerámica", "Crafts"),
    ("Ventas en Línea", "Marketing"),
    ("Bases de Datos", "Technology"),
    ("Meditación", "Health"),
    ("Francés", "Languages"),
    ("Huerto Urbano", "Home"),
];

/// What the product of that index is called.
pub(super) fn title(index: usize) -> Title {
    let title = TITLES[index % DISTINCT].clone();
    let word = match (index / DISTINCT, title.locale) {
        (0, _) => return title,
        (_, "PT_BR") => "edição",
        (_, "ES") => "edición",
        _ => "edition",
    };
    Title { name: format!("{}, {word} {}", title.name, index / DISTINCT + 1), ..title }
}

static TITLES: LazyLock<Vec<Title>> = LazyLock::new(|| {
    let of = |topics: &[Topic], locale, shapes: [fn(&str) -> String; 3]| -> Vec<Title> {
        let all = topics.iter().flat_map(|(topic, category)| shapes.map(|shape| (shape(topic), *category)));
        all.map(|(name, category)| Title { name, locale, category }).collect()
    };
    let mut titles = of(
        &PT,
        "PT_BR",
        [|t| format!("{t}: curso completo"), |t| format!("{t} do zero ao avançado"), |t| format!("Mentoria de {t}")],
    );
    titles.extend(of(
        &EN,
        "EN",
        [|t| format!("{t}: the complete course"), |t| format!("{t} masterclass"), |t| format!("{t} in 30 days")],
    ));
    titles.extend(of(
        &ES,
        "ES",
        [|t| format!("Curso de {t}"), |t| format!("{t} desde cero"), |t| format!("Domina {t}")],
    ));
    titles.truncate(DISTINCT);
    titles
});
