//! A viewer's key, in the words of `Input.dispatchKeyEvent`.

use serde_json::{Value, json};

use super::live_view::KeyAction;

pub(super) const ALT: u8 = 1;
pub(super) const CONTROL: u8 = 2;
pub(super) const META: u8 = 4;
pub(super) const SHIFT: u8 = 8;

/// What a key with Ctrl (or a Mac's Cmd) means in every text field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clipboard {
    Copy,
    Cut,
    Paste,
}

/// Whether the key is a shortcut of the clipboard.
pub(super) fn clipboard(key: &str, modifiers: u8) -> Option<Clipboard> {
    let control = modifiers & (CONTROL | META) != 0 && modifiers & ALT == 0;
    match key {
        "c" | "C" | "Insert" if control => Some(Clipboard::Copy),
        "x" | "X" if control => Some(Clipboard::Cut),
        "v" | "V" if control => Some(Clipboard::Paste),
        "Insert" if modifiers & SHIFT != 0 => Some(Clipboard::Paste),
        "Delete" if modifiers & SHIFT != 0 => Some(Clipboard::Cut),
        _ => None,
    }
}

/// The event; none for what is no key (dead keys, and keys that an input method has eaten).
pub(super) fn event(action: KeyAction, key: &str, code: &str, modifiers: u8) -> Option<Value> {
    if matches!(key, "" | "Dead" | "Process" | "Unidentified" | "Compose") {
        return None;
    }
    let mut modifiers = modifiers;
    let is_printable = key.chars().count() == 1;
    if is_printable && modifiers & (CONTROL | ALT) == CONTROL | ALT {
        // AltGr: the character is what was meant.
        modifiers &= !(CONTROL | ALT);
    }
    if is_printable && modifiers & META != 0 {
        // A Mac's Cmd is Ctrl here: this Chromium is not on a Mac.
        modifiers = modifiers & !META | CONTROL;
    }
    let text = match key {
        "Enter" => "\r",
        _ if is_printable && modifiers & CONTROL == 0 => key,
        _ => "",
    };
    let number = virtual_key(key, code);
    let mut event = json!({
        "type": match action {
            KeyAction::Up => "keyUp",
            KeyAction::Down if text.is_empty() => "rawKeyDown",
            KeyAction::Down => "keyDown",
        },
        "key": key,
        "code": code,
        "modifiers": modifiers,
        "windowsVirtualKeyCode": number,
        "nativeVirtualKeyCode": number,
        "location": location(code),
        "isKeypad": code.starts_with("Numpad"),
    });
    if action == KeyAction::Down {
        if !text.is_empty() {
            event["text"] = text.into();
            event["unmodifiedText"] = text.into();
        }
        if modifiers & CONTROL != 0 {
            let shift = modifiers & SHIFT != 0;
            let command = match key {
                "a" | "A" => Some("selectAll"),
                "z" | "Z" if !shift => Some("undo"),
                "z" | "Z" | "y" | "Y" => Some("redo"),
                _ => None,
            };
            if let Some(command) = command {
                event["commands"] = json!([command]);
            }
        }
    }
    Some(event)
}

fn location(code: &str) -> u8 {
    match code {
        "ShiftLeft" | "ControlLeft" | "AltLeft" | "MetaLeft" => 1,
        "ShiftRight" | "ControlRight" | "AltRight" | "MetaRight" => 2,
        _ if code.starts_with("Numpad") => 3,
        _ => 0,
    }
}

/// The number of the key on the keyboard that Windows made standard.
fn virtual_key(key: &str, code: &str) -> u32 {
    const NAMED: &[(&str, u32)] = &[
        ("Backspace", 8),
        ("Tab", 9),
        ("Enter", 13),
        ("Shift", 16),
        ("Control", 17),
        ("Alt", 18),
        ("Pause", 19),
        ("CapsLock", 20),
        ("Escape", 27),
        (" ", 32),
        ("PageUp", 33),
        ("PageDown", 34),
        ("End", 35),
        ("Home", 36),
        ("ArrowLeft", 37),
        ("ArrowUp", 38),
        ("ArrowRight", 39),
        ("ArrowDown", 40),
        ("Insert", 45),
        ("Delete", 46),
        ("Meta", 91),
        ("ContextMenu", 93),
    ];
    const PLACED: &[(&str, u32)] = &[
        ("NumpadMultiply", 106),
        ("NumpadAdd", 107),
        ("NumpadSubtract", 109),
        ("NumpadDecimal", 110),
        ("NumpadDivide", 111),
        ("Semicolon", 186),
        ("Equal", 187),
        ("Comma", 188),
        ("Minus", 189),
        ("Period", 190),
        ("Slash", 191),
        ("Backquote", 192),
        ("BracketLeft", 219),
        ("Backslash", 220),
        ("BracketRight", 221),
        ("Quote", 222),
    ];
    let named = |table: &[(&str, u32)], name: &str| table.iter().find(|(known, _)| *known == name).map(|(_, n)| *n);
    let number_in = |prefix: &str| code.strip_prefix(prefix).and_then(|rest| rest.parse::<u32>().ok());
    let mut characters = key.chars();
    let letter = match (characters.next(), characters.next()) {
        (Some(letter), None) if letter.is_ascii_alphabetic() => Some(u32::from(letter.to_ascii_uppercase())),
        _ => None,
    };
    letter
        .or_else(|| number_in("Digit").map(|digit| 48 + digit))
        .or_else(|| number_in("Numpad").map(|digit| 96 + digit))
        .or_else(|| key.strip_prefix('F').and_then(|n| n.parse::<u32>().ok()).map(|n| 111 + n))
        .or_else(|| named(NAMED, key))
        .or_else(|| named(PLACED, code))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down(key: &str, code: &str, modifiers: u8) -> Value {
        event(KeyAction::Down, key, code, modifiers).unwrap()
    }

    #[test]
    fn a_printable_key_brings_its_text_and_a_shortcut_does_not() {
        let a = down("A", "KeyA", SHIFT);
        assert_eq!((&a["type"], &a["text"], &a["windowsVirtualKeyCode"]), (&json!("keyDown"), &json!("A"), &json!(65)));
        let all = down("a", "KeyA", CONTROL);
        assert_eq!((&all["type"], &all["commands"]), (&json!("rawKeyDown"), &json!(["selectAll"])));
        assert_eq!(all.get("text"), None);
    }

    #[test]
    fn a_macs_command_key_is_control_here_and_altgr_is_the_character() {
        assert_eq!(down("a", "KeyA", META)["modifiers"], CONTROL);
        let at = down("@", "KeyQ", CONTROL | ALT);
        assert_eq!((&at["text"], &at["modifiers"]), (&json!("@"), &json!(0)));
        assert_eq!(clipboard("v", META), Some(Clipboard::Paste));
        assert_eq!(clipboard("v", CONTROL | ALT), None);
    }

    #[test]
    fn keys_without_text_have_their_numbers() {
        for (key, code, number) in [
            ("Tab", "Tab", 9),
            ("Backspace", "Backspace", 8),
            ("ArrowLeft", "ArrowLeft", 37),
            ("F5", "F5", 116),
            ("7", "Digit7", 55),
            ("é", "Digit2", 50),
            (";", "Semicolon", 186),
            ("5", "Numpad5", 101),
        ] {
            assert_eq!(down(key, code, 0)["windowsVirtualKeyCode"], number, "{key}");
        }
        assert_eq!(down("Enter", "Enter", 0)["text"], "\r");
        assert_eq!(event(KeyAction::Down, "Dead", "Quote", 0), None);
    }
}
