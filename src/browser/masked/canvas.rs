//! Flat rectangles on a sheet, and the sheet as a PNG.

use crate::domain::Viewport;

/// Wider or higher than that, the sheet is smaller than the page.
const LONGEST: f64 = 1280.0;
/// A page may pile up boxes without end; nobody waits for that.
const MOST_PIXELS: usize = 200_000_000;

/// A place, in CSS pixels of the view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    /// Everywhere.
    pub const ALL: Self =
        Self { left: f64::NEG_INFINITY, top: f64::NEG_INFINITY, right: f64::INFINITY, bottom: f64::INFINITY };

    /// What both cover.
    pub fn within(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }
}

/// Red, green, blue, and how much of it covers what is below.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colour {
    pub rgb: [u8; 3],
    pub alpha: f64,
}

impl Colour {
    pub const fn solid(red: u8, green: u8, blue: u8) -> Self {
        Self { rgb: [red, green, blue], alpha: 1.0 }
    }

    pub fn fainter(self, by: f64) -> Self {
        Self { alpha: self.alpha * by, ..self }
    }

    /// `rgb(1, 2, 3)` or `rgba(1, 2, 3, 0.5)`, as a computed style has it; what is written otherwise is not drawn.
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.strip_prefix("rgba(").or_else(|| text.strip_prefix("rgb("))?.strip_suffix(')')?;
        let mut parts = inner.split(',').map(str::trim);
        let mut channel = || parts.next()?.parse::<u8>().ok();
        let rgb = [channel()?, channel()?, channel()?];
        let alpha = parts.next().map_or(Some(1.0), |alpha| alpha.parse().ok())?;
        Some(Self { rgb, alpha })
    }
}

/// The sheet.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    scale: f64,
    left: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A white sheet for a view of that size.
    pub fn new(view: Viewport) -> Result<Self, String> {
        let (width, height) = (f64::from(view.width), f64::from(view.height));
        if width < 1.0 || height < 1.0 {
            return Err("the page has no size".into());
        }
        let scale = (LONGEST / width.max(height)).min(1.0);
        let (width, height) = (edge(width * scale, usize::MAX).max(1), edge(height * scale, usize::MAX).max(1));
        Ok(Self { width, height, scale, left: MOST_PIXELS, pixels: vec![255; width * height * 3] })
    }

    /// Fills a place with a colour.
    pub fn fill(&mut self, area: Area, colour: Colour) -> Result<(), String> {
        let (left, right) = (edge(area.left * self.scale, self.width), edge(area.right * self.scale, self.width));
        let (top, bottom) = (edge(area.top * self.scale, self.height), edge(area.bottom * self.scale, self.height));
        if left >= right || top >= bottom || colour.alpha <= 0.0 {
            return Ok(());
        }
        let cost = (right - left) * (bottom - top);
        self.left = self.left.checked_sub(cost).ok_or("the page has too many boxes")?;
        let lines = (top..bottom).map(|row| (row * self.width + left) * 3..(row * self.width + right) * 3);
        if colour.alpha >= 1.0 {
            let covered = colour.rgb.repeat(right - left);
            lines.for_each(|line| self.pixels[line].copy_from_slice(&covered));
        } else {
            let mixed = colour.rgb.map(|channel| mixed(channel, colour.alpha));
            for pixel in lines.flat_map(|line| line.step_by(3)) {
                for (at, mixed) in mixed.iter().enumerate() {
                    let below = &mut self.pixels[pixel + at];
                    *below = mixed[usize::from(*below)];
                }
            }
        }
        Ok(())
    }

    /// Draws the edge of a place, one pixel wide, as far as it lies within `clip`.
    pub fn outline(&mut self, area: Area, clip: Area, colour: Colour) -> Result<(), String> {
        let line = 1.0 / self.scale;
        for side in [
            Area { bottom: area.top + line, ..area },
            Area { top: area.bottom - line, ..area },
            Area { right: area.left + line, ..area },
            Area { left: area.right - line, ..area },
        ] {
            self.fill(side.within(clip), colour)?;
        }
        Ok(())
    }

    /// The sheet as a PNG.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        let size = |side: usize| u32::try_from(side).map_err(|error| error.to_string());
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, size(self.width)?, size(self.height)?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
        writer.write_image_data(&self.pixels).map_err(|error| error.to_string())?;
        writer.finish().map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates; clamped besides"
)]
fn edge(at: f64, most: usize) -> usize {
    (at.max(0.0).round() as usize).min(most)
}

/// What becomes of each of the 256 values that may lie below a translucent one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes lies a byte")]
fn mixed(channel: u8, alpha: f64) -> [u8; 256] {
    let mut below = 0.0;
    [(); 256].map(|()| {
        let mixed = below * (1.0 - alpha) + f64::from(channel) * alpha;
        below += 1.0;
        mixed.round() as u8
    })
}
