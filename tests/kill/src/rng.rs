//! Chance that can be repeated, and the ids made of it.

/// xorshift64*: enough for test choices, and no dependency.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A stream of its own for each seed and number.
    pub fn new(seed: u64, stream: u64) -> Self {
        // An odd multiplier spreads neighbouring seeds; zero is the one state that xorshift can't leave.
        let mut rng = Rng((seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            rng.bits();
        }
        rng
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From 0 to below `bound`, which is above 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of them, by its place.
    pub fn index(&mut self, len: usize) -> usize {
        let bound = u64::try_from(len).expect("a length fits 64 bits");
        usize::try_from(self.below(bound)).expect("it is below a length")
    }

    /// A UUID of version 7 whose time is made up too: the till takes ids as they come.
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.bits(), self.bits());
        format!(
            "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
            0x0190_0000 | (high >> 48),
            (high >> 32) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_another_stream_others() {
        let (mut one, mut same, mut other) = (Rng::new(7, 1), Rng::new(7, 1), Rng::new(7, 2));
        let id = one.uuid();
        assert_eq!(id, same.uuid());
        assert_ne!(id, other.uuid());
        assert_eq!((id.len(), id.matches('-').count(), &id[14..15]), (36, 4, "7"), "{id}");
        assert_ne!(one.uuid(), id);
    }
}
