//! How a long context is cut into overlapping windows.

use std::ops::Range;

/// The pieces of a context of `tokens` tokens that windows with room for `room` of them read, each
/// overlapping the last by `doc_stride`, as transformers' `stride` does. `doc_stride` < `room` wherever more than one is needed.
pub(crate) fn cut(tokens: usize, room: usize, doc_stride: usize) -> Vec<Range<usize>> {
    let mut windows = Vec::new();
    let step = room.saturating_sub(doc_stride).max(1);
    let mut start = 0;
    while start < tokens {
        let end = tokens.min(start + room);
        windows.push(start..end);
        if end == tokens {
            break;
        }
        start += step;
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_read_and_neighbours_overlap() {
        assert!(cut(0, 10, 3).is_empty());
        assert_eq!(cut(10, 10, 3), std::slice::from_ref(&(0..10)));
        assert_eq!(cut(11, 10, 3), [0..10, 7..11]);
        assert_eq!(cut(24, 10, 3), [0..10, 7..17, 14..24]);
        for tokens in 1..60 {
            for room in 2..12 {
                for stride in 0..room {
                    let windows = cut(tokens, room, stride);
                    assert_eq!((windows[0].start, windows[windows.len() - 1].end), (0, tokens));
                    for pair in windows.windows(2) {
                        assert_eq!(pair[0].end - pair[1].start, stride);
                        assert!(pair.iter().all(|window| window.len() <= room));
                    }
                }
            }
        }
    }
}
