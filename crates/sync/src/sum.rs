//! A sum of hashes, which does not depend on their order: how two sides compare what they hold of a day.

use docket_log::Hash;

/// The sum of hashes as 32-byte big-endian numbers, modulo 2^256.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HashSum(pub [u8; 32]);

impl HashSum {
    /// Adds a hash.
    pub fn add(&mut self, hash: &Hash) {
        self.join(&HashSum(hash.0));
    }

    /// Adds another sum.
    pub fn join(&mut self, other: &HashSum) {
        let mut carry = 0_u16;
        for (own, byte) in self.0.iter_mut().zip(other.0).rev() {
            let sum = u16::from(*own) + u16::from(byte) + carry;
            let [high, low] = sum.to_be_bytes();
            *own = low;
            carry = u16::from(high);
        }
    }
}

impl std::fmt::Display for HashSum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_carries_and_wraps() {
        let mut sum = HashSum::default();
        sum.add(&Hash([0xff; 32]));
        let mut one = [0; 32];
        one[31] = 1;
        sum.add(&Hash(one));
        assert_eq!(sum, HashSum::default(), "2^256 - 1 and 1 give 0");
        one[31] = 0xff;
        sum.add(&Hash(one));
        sum.add(&Hash(one));
        let mut expected = [0; 32];
        expected[30..].copy_from_slice(&[0x01, 0xfe]);
        assert_eq!(sum.0, expected);
    }
}
