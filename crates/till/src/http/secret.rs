//! Random secrets of one start: made here, compared in constant time, never shown by `Debug`.

use aws_lc_rs::{constant_time, rand};

/// 256 random bits as 64 hex digits.
pub struct Secret(String);

impl Secret {
    /// A fresh one.
    pub(crate) fn random() -> Self {
        let mut bytes = [0_u8; 32];
        rand::fill(&mut bytes).expect("the operating system's random source answers, or nothing here is safe");
        Secret(hex::encode(bytes))
    }

    /// The text that a client must show.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether a client showed it. The time taken says nothing about how much of it was right.
    pub(crate) fn matches(&self, shown: &str) -> bool {
        constant_time::verify_slices_are_equal(self.0.as_bytes(), shown.as_bytes()).is_ok()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_matches_itself_only_and_is_not_printed() {
        let secret = Secret::random();
        assert!(secret.matches(secret.text()));
        assert!(!secret.matches(Secret::random().text()));
        assert!(!secret.matches(&secret.text()[1..]));
        assert!(!secret.matches(""));
        assert!(!format!("{secret:?}").contains(secret.text()));
    }
}
