//! Philox4x32-10: a counter-based generator, that is, a pure function from (counter, key) to 128 random bits.
//!
//! # References
//! J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011
//! (doi 10.1145/2063384.2063405).

const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// The golden ratio and √3 - 1 as fractions of 2^32: what the key moves by between rounds.
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// The 128-bit block at `counter` of the generator with this `key`, in halves of two words each, the first of them low.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u64; 2] {
    let [block] = philox4x32_10_abreast([counter], key);
    block
}

/// The blocks at several counters, round by round for all: rounds of one block wait for each other, and a processor looks no further
/// ahead than a block or two.
///
/// ```text
/// (c0, c1, c2, c3) -> (hi(M1 c2) ^ c1 ^ k0, lo(M1 c2), hi(M0 c0) ^ c3 ^ k1, lo(M0 c0)), ten times
/// ```
/// Words have 64 bits here, of which the upper are ignored: a vector's lanes keep one width. The last round turns each product
/// round: its high word below and its low word above are a half as it is returned.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
pub fn philox4x32_10_abreast<const N: usize>(counters: [[u32; 4]; N], key: [u32; 2]) -> [[u64; 2]; N] {
    let counters = counters.map(|counter| counter.map(u64::from));
    // A loop over rounds is one the compiler may keep, and then makes no vectors of what is in it.
    let (counters, key) = four_rounds(four_rounds((counters, key)));
    let (counters, [k0, k1]) = round((counters, key));
    counters.map(|[c0, c1, c2, c3]| {
        let (product0, product1) = (MULTIPLIERS[0] * low(c0), MULTIPLIERS[1] * low(c2));
        [
            product1.rotate_left(32) ^ low(c1) ^ u64::from(k0),
            product0.rotate_left(32) ^ low(c3) ^ u64::from(k1),
        ]
    })
}

/// Counters of some blocks, and the key they have in common.
type Blocks<const N: usize> = ([[u64; 4]; N], [u32; 2]);

#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn four_rounds<const N: usize>(blocks: Blocks<N>) -> Blocks<N> {
    round(round(round(round(blocks))))
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn round<const N: usize>((counters, [k0, k1]): Blocks<N>) -> Blocks<N> {
    let next = counters.map(|[c0, c1, c2, c3]| {
        let (product0, product1) = (MULTIPLIERS[0] * low(c0), MULTIPLIERS[1] * low(c2));
        [product1 >> 32 ^ c1 ^ u64::from(k0), product1, product0 >> 32 ^ c3 ^ u64::from(k1), product0]
    });
    (next, [k0.wrapping_add(KEY_STEPS[0]), k1.wrapping_add(KEY_STEPS[1])])
}

/// The lower 32 bits.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn low(word: u64) -> u64 {
    word & 0xffff_ffff
}

/// The blocks at `N` counters that follow each other in their first word, word by word: several at once in one register.
#[inline]
pub fn philox4x32_10_in_a_row<const N: usize>(first: [u32; 4], key: [u32; 2]) -> [[u32; N]; 4] {
    let mut c: [[u32; N]; 4] = first.map(|word| [word; N]);
    for (word, offset) in c[0].iter_mut().zip(0..) {
        *word = word.wrapping_add(offset);
    }
    let [mut k0, mut k1] = key;
    for _ in 0..ROUNDS {
        let mut next = [[0; N]; 4];
        for lane in 0..N {
            let (high0, low0) = wide_product(MULTIPLIERS[0], c[0][lane]);
            let (high1, low1) = wide_product(MULTIPLIERS[1], c[2][lane]);
            next[0][lane] = high1 ^ c[1][lane] ^ k0;
            next[1][lane] = low1;
            next[2][lane] = high0 ^ c[3][lane] ^ k1;
            next[3][lane] = low0;
        }
        c = next;
        k0 = k0.wrapping_add(KEY_STEPS[0]);
        k1 = k1.wrapping_add(KEY_STEPS[1]);
    }
    c
}

/// High and low word of a product.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn wide_product(a: u64, b: u32) -> (u32, u32) {
    let product = a * u64::from(b);
    ((product >> 32) as u32, product as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
        let [first, second] = philox4x32_10(counter, key);
        [first as u32, (first >> 32) as u32, second as u32, (second >> 32) as u32]
    }

    #[test]
    fn blocks_abreast_are_the_blocks_one_by_one() {
        let counters = [[u32::MAX, 7, 8, 9], [0; 4], [1, 2, 3, 4], [5, 6, 7, u32::MAX]];
        let alone = counters.map(|counter| philox4x32_10(counter, [3, 4]));
        assert_eq!(philox4x32_10_abreast(counters, [3, 4]), alone);
    }

    #[test]
    fn blocks_in_a_row_are_the_blocks_one_by_one() {
        let (counter, key) = ([u32::MAX - 2, 7, 8, 9], [3, 4]);
        let rows = philox4x32_10_in_a_row::<5>(counter, key);
        for lane in 0..5 {
            let one = words([counter[0].wrapping_add(lane as u32), 7, 8, 9], key);
            assert_eq!(rows.map(|row| row[lane]), one);
        }
    }

    /// The known answers published with Random123 (`kat_vectors`, `philox4x32 10`).
    #[test]
    fn known_answers_of_random123() {
        assert_eq!(words([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(words([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            words([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }
}
