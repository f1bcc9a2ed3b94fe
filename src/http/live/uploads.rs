//! Files on their way into the page: offered, then sent in pieces.

use bytes::{Bytes, BytesMut};

use crate::login::{FileOffer, Input};

/// All of an answer's files together.
const LARGEST: u64 = 8 * 1024 * 1024;
/// In one answer.
const MOST: usize = 10;
/// Before the bytes of a piece: whose answer, which file.
const HEADER: usize = 8;

/// What came of an offer or a piece.
#[derive(Debug)]
pub enum Progress {
    /// More is to come.
    Waits,
    /// All of it is here.
    Whole(Box<Input>),
    /// More than the page may be given.
    TooLarge,
    /// Nothing of the kind was offered.
    Unexpected,
}

/// The files that one viewer is sending.
#[derive(Default)]
pub struct Uploads(Option<Upload>);

struct Upload {
    id: u32,
    files: Vec<(FileOffer, BytesMut)>,
}

impl Uploads {
    /// Files are offered; one offer takes the place of another.
    pub fn offer(&mut self, id: u32, files: Vec<FileOffer>) -> Progress {
        let size = files.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.size));
        if files.len() > MOST || size.is_none_or(|size| size > LARGEST) {
            self.0 = None;
            return Progress::TooLarge;
        }
        self.0 = Some(Upload { id, files: files.into_iter().map(|file| (file, BytesMut::new())).collect() });
        self.progress()
    }

    /// A piece of a file.
    pub fn piece(&mut self, message: &[u8]) -> Progress {
        let number = |at: usize| message.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes);
        let (Some(id), Some(place)) = (number(0), number(4)) else { return Progress::Unexpected };
        let Some(upload) = self.0.as_mut().filter(|upload| upload.id == id) else { return Progress::Unexpected };
        let Some((offer, got)) = usize::try_from(place).ok().and_then(|place| upload.files.get_mut(place)) else {
            return Progress::Unexpected;
        };
        let piece = &message[HEADER..];
        if (got.len() + piece.len()) as u64 > offer.size {
            return Progress::Unexpected;
        }
        got.extend_from_slice(piece);
        self.progress()
    }

    fn progress(&mut self) -> Progress {
        let whole = self
            .0
            .as_ref()
            .is_some_and(|upload| upload.files.iter().all(|(offer, got)| got.len() as u64 == offer.size));
        if !whole {
            return Progress::Waits;
        }
        let Some(Upload { id, files }) = self.0.take() else { return Progress::Waits };
        let files = files.into_iter().map(|(offer, got)| (offer.name, Bytes::from(got))).collect();
        Progress::Whole(Box::new(Input::Upload { id, files }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(name: &str, size: u64) -> FileOffer {
        FileOffer { name: name.into(), mime: String::new(), size }
    }

    fn piece(id: u32, place: u32, bytes: &[u8]) -> Vec<u8> {
        [&id.to_be_bytes(), &place.to_be_bytes(), bytes].concat()
    }

    #[test]
    fn files_are_put_together_from_their_pieces() {
        let mut uploads = Uploads::default();
        assert!(matches!(uploads.offer(4, vec![offer("a", 3), offer("b", 0)]), Progress::Waits));
        assert!(matches!(uploads.piece(&piece(4, 0, b"he")), Progress::Waits));
        let Progress::Whole(input) = uploads.piece(&piece(4, 0, b"y")) else { panic!("not whole") };
        let Input::Upload { id: 4, files } = *input else { panic!("no upload") };
        assert_eq!(files, [("a".to_owned(), Bytes::from_static(b"hey")), ("b".to_owned(), Bytes::new())]);
        assert!(matches!(uploads.piece(&piece(4, 0, b"y")), Progress::Unexpected));
    }

    #[test]
    fn nothing_more_than_was_offered_is_taken_and_nothing_too_large() {
        let mut uploads = Uploads::default();
        assert!(matches!(uploads.offer(1, vec![offer("a", LARGEST + 1)]), Progress::TooLarge));
        assert!(matches!(uploads.offer(1, vec![offer("a", u64::MAX), offer("b", 1)]), Progress::TooLarge));
        assert!(matches!(uploads.offer(1, (0..11).map(|_| offer("a", 1)).collect()), Progress::TooLarge));
        uploads.offer(1, vec![offer("a", 2)]);
        assert!(matches!(uploads.piece(&piece(1, 0, b"abc")), Progress::Unexpected));
        assert!(matches!(uploads.piece(&piece(1, 1, b"a")), Progress::Unexpected));
        assert!(matches!(uploads.piece(&piece(2, 0, b"a")), Progress::Unexpected));
        assert!(matches!(uploads.piece(b"abc"), Progress::Unexpected));
        assert!(matches!(uploads.offer(2, vec![]), Progress::Whole(_)));
    }
}
