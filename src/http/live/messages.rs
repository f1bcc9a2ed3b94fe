//! What goes over the live view's WebSocket; the API's description says it in full.

use poem::web::websocket::Message;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::login::{Frame, Input, MOST_TABS, Tabs};

/// Before the picture: see the API's description.
const HEADER: usize = 16;

/// What a viewer says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Said {
    /// The first message.
    Hello {
        /// Chosen by the viewer; the same after a reconnect.
        viewer: String,
        /// What it is.
        #[serde(default)]
        device: Device,
    },
    /// What the person does.
    Input {
        /// Rises by one with each.
        n: u64,
        /// What.
        input: Box<Input>,
    },
    /// A picture was painted.
    Seen {
        /// Which.
        sequence: u32,
    },
    /// A viewer without control asks for it.
    Knock,
    /// The one in control answers.
    Admit {
        /// Whom.
        viewer: String,
        /// Whether.
        yes: bool,
    },
    /// Forms are wanted as forms.
    Simple {
        /// Or no longer.
        on: bool,
    },
}

/// What a viewer sits at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// With a keyboard and a mouse.
    #[default]
    Computer,
    /// With fingers.
    Phone,
}

/// What a viewer may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// See and use.
    Control,
    /// See, and ask to use.
    Waiting,
    /// See only.
    View,
}

/// Answers [`Said::Hello`].
pub fn welcome(heard: u64, role: Role, window: bool) -> Message {
    Message::text(json!({"type": "welcome", "heard": heard, "role": role, "window": window}).to_string())
}

/// The role is another one now.
pub fn role(role: Role) -> Message {
    Message::text(json!({"type": "role", "role": role}).to_string())
}

/// Somebody asks for control.
pub fn knock(viewer: &str, device: Device) -> Message {
    Message::text(json!({"type": "knock", "viewer": viewer, "device": device}).to_string())
}

/// And no longer does.
pub fn knock_over(viewer: &str) -> Message {
    Message::text(json!({"type": "knock_over", "viewer": viewer}).to_string())
}

/// Inputs up to this one were taken.
pub fn heard(n: u64) -> Message {
    Message::text(json!({"type": "heard", "n": n}).to_string())
}

/// Nothing else was to be said.
pub fn alive() -> Message {
    Message::text(r#"{"type":"alive"}"#)
}

/// The login is over.
pub fn ended() -> Message {
    Message::text(r#"{"type":"ended"}"#)
}

/// The strip of tabs.
pub fn tabs(tabs: &Tabs) -> Message {
    let open: Vec<_> = tabs
        .open
        .iter()
        .map(|tab| json!({"id": tab.id, "url": tab.url, "title": tab.title, "icon": tab.icon.as_deref()}))
        .collect();
    let strip = json!({
        "type": "tabs",
        "open": open,
        "front": tabs.front,
        "canGoBack": tabs.can_go_back,
        "canGoForward": tabs.can_go_forward,
        "most": MOST_TABS,
    });
    Message::text(strip.to_string())
}

/// A picture.
pub fn frame(frame: &Frame) -> Message {
    let mut bytes = Vec::with_capacity(HEADER + frame.jpeg.len());
    bytes.extend_from_slice(&[2, 1]);
    bytes.extend_from_slice(&frame.width.to_be_bytes());
    bytes.extend_from_slice(&frame.height.to_be_bytes());
    bytes.extend_from_slice(&frame.scale.to_be_bytes());
    bytes.extend_from_slice(&frame.page.to_be_bytes());
    bytes.extend_from_slice(&frame.sequence.to_be_bytes());
    bytes.extend_from_slice(&frame.jpeg);
    Message::binary(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_sixteen_bytes_before_its_picture() {
        let jpeg = bytes::Bytes::from_static(b"\xff\xd8");
        let picture = Frame { page: 7, sequence: 258, width: 1280, height: 800, scale: 200, jpeg };
        let Message::Binary(bytes) = frame(&picture) else { panic!("not binary") };
        assert_eq!(bytes, [2, 1, 5, 0, 3, 32, 0, 200, 0, 0, 0, 7, 0, 0, 1, 2, 0xff, 0xd8]);
    }

    #[test]
    fn an_input_is_numbered_and_an_unknown_word_is_none() {
        let said = |text: &str| serde_json::from_str::<Said>(text);
        assert!(matches!(
            said(r#"{"type":"input","n":3,"input":{"type":"text","text":"a"}}"#),
            Ok(Said::Input { n: 3, .. })
        ));
        assert!(said(r#"{"type":"input","n":3,"input":{"type":"text","text":"a","more":1}}"#).is_err());
        assert!(said(r#"{"type":"input","n":3,"input":{"type":"upload","id":1,"files":[]}}"#).is_err());
        assert!(said(r#"{"type":"shout"}"#).is_err());
    }
}
