//! Direction numbers of all dimensions, from primitive polynomials and the initial numbers of Joe and Kuo.

use std::sync::{LazyLock, OnceLock};

use super::DIMENSIONS;
use crate::scrambling::Directions;

/// The table as published, with its licence.
const TABLE: &str = include_str!("new-joe-kuo-6.txt");

/// The direction numbers of a dimension below [`DIMENSIONS`].
#[inline]
pub(crate) fn directions(dimension: u32) -> &'static Directions {
    // Most runs need few of them, and all take longer than a small run.
    static ALL: LazyLock<Vec<(&str, OnceLock<Directions>)>> = LazyLock::new(|| {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        lines.take(DIMENSIONS as usize).map(|line| (line, OnceLock::new())).collect()
    });
    let (line, expanded) = &ALL[dimension as usize];
    expanded.get_or_init(|| expand(&Initial::read(line)))
}

/// A line of the table: what determines a dimension.
#[derive(Debug, PartialEq)]
struct Initial {
    /// Coefficients of the primitive polynomial, its highest and constant one included.
    polynomial: u32,
    /// m_1, ..., m_s, odd, m_k below 2^k; s is the degree of the polynomial.
    numbers: Vec<u32>,
}

impl Initial {
    fn read(line: &str) -> Self {
        let hexadecimal = |text| u32::from_str_radix(text, 16).expect("the table is hexadecimal");
        let (polynomial, mut rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut numbers = Vec::new();
        while !rest.is_empty() {
            // m_k is written in as many hexadecimal digits as k bits need.
            let (number, left) = rest.split_at((numbers.len() + 1).div_ceil(4));
            numbers.push(hexadecimal(number));
            rest = left;
        }
        Self { polynomial: hexadecimal(polynomial), numbers }
    }
}

/// All direction numbers of a dimension.
///
/// ```text
/// v_k = m_k 2^-k                                                                   k = 1, ..., s
/// v_k = a_1 v_{k-1} xor ... xor a_{s-1} v_{k-s+1} xor v_{k-s} xor v_{k-s} 2^-s     k > s
/// ```
fn expand(Initial { polynomial, numbers }: &Initial) -> Directions {
    let degree = numbers.len();
    if degree == 0 {
        return std::array::from_fn(|k| 1 << (31 - k));
    }
    let mut v = [0; 32];
    for (k, number) in numbers.iter().enumerate() {
        v[k] = number << (31 - k);
    }
    for k in degree..32 {
        v[k] = v[k - degree] ^ v[k - degree] >> degree;
        for back in 1..degree {
            if polynomial >> (degree - back) & 1 == 1 {
                v[k] ^= v[k - back];
            }
        }
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_are_described() {
        assert_eq!(Initial::read("1"), Initial { polynomial: 1, numbers: vec![] });
        let degree_six = Initial { polynomial: 0x5B, numbers: vec![1, 1, 1, 15, 21, 21] };
        assert_eq!(Initial::read("5b 111f1515"), degree_six);
    }

    /// Digit k of a point is digit k of its index and some lower ones: a permutation of every 2^k points.
    #[test]
    fn direction_numbers_end_on_their_own_digit() {
        for dimension in 0..DIMENSIONS {
            for (k, v) in directions(dimension).iter().enumerate() {
                assert_eq!(v.trailing_zeros() as usize, 31 - k, "dimension {dimension}");
            }
        }
    }

    /// The polynomial hash of all direction numbers of `scipy.stats.qmc.Sobol(d=4160, scramble=False, bits=32)._sv`.
    #[test]
    fn direction_numbers_are_those_of_scipy() {
        let all = (0..DIMENSIONS).flat_map(directions);
        let hash =
            all.fold(0_u64, |hash, v| hash.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(u64::from(*v)));
        assert_eq!(hash, 0xEA1B_B8FB_90F4_06F6);
    }
}
