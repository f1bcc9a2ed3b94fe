//! A page as the browser laid it out (`DOMSnapshot.captureSnapshot`): read for places and colours, never for words.

use serde::Deserialize;

use super::canvas::{Area, Canvas, Colour};

/// The styles that are asked for, in the order of [`Style`].
pub(super) const STYLES: [&str; 8] = [
    "visibility",
    "opacity",
    "overflow-x",
    "overflow-y",
    "background-color",
    "color",
    "border-top-width",
    "border-top-color",
];

/// Of these nothing is drawn but a box: what is in them is the person's, or cannot be looked into.
const FIELDS: &[&str] = &["INPUT", "TEXTAREA", "SELECT"];
const PICTURES: &[&str] = &["IMG", "PICTURE", "SVG", "VIDEO", "CANVAS", "IFRAME", "FRAME", "OBJECT", "EMBED"];

const FIELD: Colour = Colour::solid(246, 247, 249);
const FIELD_EDGE: Colour = Colour::solid(148, 152, 160);
const TEXT_NODE: &str = "#TEXT";
const TEXT: Colour = Colour::solid(60, 64, 72);
const PICTURE: Colour = Colour::solid(208, 212, 218);

/// A bar is a multiple of this wide, in CSS pixels, so that a name is not known by its width.
const BAR_STEP: f64 = 40.0;

#[derive(Deserialize)]
pub(super) struct LaidOut {
    documents: Vec<Document>,
    strings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    nodes: Nodes,
    layout: Layout,
    text_boxes: TextBoxes,
    #[serde(default)]
    scroll_offset_x: f64,
    #[serde(default)]
    scroll_offset_y: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Nodes {
    parent_index: Vec<i64>,
    node_name: Vec<i64>,
    attributes: Vec<Vec<i64>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layout {
    node_index: Vec<usize>,
    styles: Vec<Vec<i64>>,
    bounds: Vec<[f64; 4]>,
    #[serde(default)]
    paint_orders: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextBoxes {
    layout_index: Vec<usize>,
    bounds: Vec<[f64; 4]>,
}

/// What a node passes on to those within it.
#[derive(Clone, Copy)]
struct Around {
    clip: Area,
    opacity: f64,
    colour: Option<Colour>,
    /// It is drawn as one box.
    is_closed: bool,
}

struct Style<'a>(Vec<&'a str>);

impl Style<'_> {
    fn of(&self, name: &str) -> &str {
        let at = STYLES.iter().position(|style| *style == name);
        at.and_then(|at| self.0.get(at)).copied().unwrap_or_default()
    }

    fn colour(&self, name: &str) -> Option<Colour> {
        Colour::parse(self.of(name))
    }
}

impl LaidOut {
    fn text(&self, index: i64) -> &str {
        usize::try_from(index).ok().and_then(|index| self.strings.get(index)).map_or("", String::as_str)
    }

    /// Draws the page; its frames, which are documents of their own, are boxes.
    pub fn draw(&self, canvas: &mut Canvas) -> Result<(), String> {
        let page = self.documents.first().ok_or("there is no page")?;
        let around = self.around(page);
        let mut texts: Vec<Vec<Area>> = vec![Vec::new(); page.layout.bounds.len()];
        for (at, bounds) in page.text_boxes.layout_index.iter().zip(&page.text_boxes.bounds) {
            if let Some(texts) = texts.get_mut(*at) {
                texts.push(page.area(bounds));
            }
        }
        let mut order: Vec<usize> = (0..page.layout.bounds.len()).collect();
        order.sort_by_key(|at| page.layout.paint_orders.get(*at).copied().unwrap_or_default());
        for at in order {
            self.draw_box(page, at, &around, &texts[at], canvas)?;
        }
        Ok(())
    }

    fn style(&self, page: &Document, at: usize) -> Style<'_> {
        let styles = page.layout.styles.get(at).map(Vec::as_slice).unwrap_or_default();
        Style(styles.iter().map(|index| self.text(*index)).collect())
    }

    fn name(&self, page: &Document, node: usize) -> String {
        page.nodes.node_name.get(node).map(|name| self.text(*name).to_ascii_uppercase()).unwrap_or_default()
    }

    /// Whether people write in it.
    fn is_written_in(&self, page: &Document, node: usize) -> bool {
        let attributes = page.nodes.attributes.get(node).map(Vec::as_slice).unwrap_or_default();
        attributes.chunks_exact(2).any(|pair| {
            self.text(pair[0]).eq_ignore_ascii_case("contenteditable")
                && !self.text(pair[1]).eq_ignore_ascii_case("false")
        })
    }

    fn is_field(&self, page: &Document, node: usize) -> bool {
        FIELDS.contains(&self.name(page, node).as_str()) || self.is_written_in(page, node)
    }

    /// What surrounds each node: parents come before those within them.
    fn around(&self, page: &Document) -> Vec<Around> {
        let mut box_of = vec![None; page.nodes.parent_index.len()];
        for (at, node) in page.layout.node_index.iter().enumerate() {
            if let Some(entry) = box_of.get_mut(*node) {
                *entry = Some(at);
            }
        }
        let mut within: Vec<Around> = Vec::with_capacity(box_of.len());
        let mut around = Vec::with_capacity(box_of.len());
        for (node, parent) in page.nodes.parent_index.iter().enumerate() {
            let parent = usize::try_from(*parent).ok().and_then(|parent| within.get(parent)).copied();
            let outer = parent.unwrap_or(Around { clip: Area::ALL, opacity: 1.0, colour: None, is_closed: false });
            let mut inner = outer;
            let name = self.name(page, node);
            inner.is_closed |= PICTURES.contains(&name.as_str()) || self.is_field(page, node);
            // A text is told with the styles of its element, which count once.
            let own = box_of[node].filter(|_| name != TEXT_NODE);
            if let Some((at, bounds)) = own.and_then(|at| Some((at, page.layout.bounds.get(at)?))) {
                let style = self.style(page, at);
                inner.colour = style.colour("color").or(inner.colour);
                inner.opacity *= style.of("opacity").parse::<f64>().unwrap_or(1.0);
                // What a page's own root cuts off is cut off by the view.
                let cuts = ["overflow-x", "overflow-y"].iter().any(|name| !matches!(style.of(name), "visible" | ""));
                if cuts && name != "HTML" && name != "BODY" {
                    inner.clip = inner.clip.within(page.area(bounds));
                }
            }
            within.push(inner);
            around.push(Around { opacity: inner.opacity, ..outer });
        }
        around
    }

    fn draw_box(
        &self,
        page: &Document,
        at: usize,
        around: &[Around],
        texts: &[Area],
        canvas: &mut Canvas,
    ) -> Result<(), String> {
        let (Some(node), Some(bounds)) = (page.layout.node_index.get(at), page.layout.bounds.get(at)) else {
            return Ok(());
        };
        let Some(Around { clip, opacity, colour, is_closed: false }) = around.get(*node).copied() else {
            return Ok(());
        };
        let style = self.style(page, at);
        let visibility = style.of("visibility");
        if matches!(visibility, "hidden" | "collapse") || opacity <= 0.0 {
            return Ok(());
        }
        let (area, name) = (page.area(bounds), self.name(page, *node));
        if self.is_field(page, *node) {
            canvas.fill(area.within(clip), FIELD.fainter(opacity))?;
            return canvas.outline(area, clip, FIELD_EDGE.fainter(opacity));
        }
        if PICTURES.contains(&name.as_str()) {
            return canvas.fill(area.within(clip), PICTURE.fainter(opacity));
        }
        let is_text = name == TEXT_NODE;
        if let Some(colour) = style.colour("background-color").filter(|_| !is_text) {
            let area = if name == "HTML" || name == "BODY" { Area::ALL } else { area };
            canvas.fill(area.within(clip), colour.fainter(opacity))?;
        }
        if !is_text
            && !matches!(style.of("border-top-width"), "" | "0px")
            && let Some(colour) = style.colour("border-top-color")
        {
            canvas.outline(area, clip, colour.fainter(opacity))?;
        }
        let colour = style.colour("color").or(colour).unwrap_or(TEXT).fainter(opacity * 0.6);
        for text in texts {
            canvas.fill(bar(*text).within(clip), colour)?;
        }
        Ok(())
    }
}

impl Document {
    /// A place in the view, of one in the document.
    fn area(&self, [left, top, width, height]: &[f64; 4]) -> Area {
        let (left, top) = (left - self.scroll_offset_x, top - self.scroll_offset_y);
        Area { left, top, right: left + width, bottom: top + height }
    }
}

/// The bar that stands for a line of text.
fn bar(text: Area) -> Area {
    let (width, height) = (text.right - text.left, text.bottom - text.top);
    let steps = (width / BAR_STEP).ceil().max(1.0);
    Area {
        left: text.left,
        top: text.top + height * 0.25,
        right: text.left + steps * BAR_STEP,
        bottom: text.bottom - height * 0.25,
    }
}
