//! Kernels: loops over many numbers, compiled for several instruction sets, of which the widest there is runs.
//!
//! A kernel is a plain loop over slices whose body has no branch, so that the compiler makes vectors of it. All its sets
//! do the same additions, multiplications, divisions and roots in the same order, each rounded as IEEE 754 demands, and
//! contract two of them into one only where [`fused`] says so: **bytes do not depend on the set**, nor on a number's place
//! in its slice.
//!
//! [`exp`] and [`ln`] do what `libm::exp` and `libm::log` do, with choices instead of branches, and give the same bits:
//! what is computed for one number by `libm` and what is computed for thousands here are the same numbers.
//! [`fused_exp`], [`moderate_exp`], [`moderate_power_of_two`], [`decay`], [`fused_ln`] and [`ln_of_share`] are faster where no other
//! number must agree with them.

mod aligned;
#[cfg(test)]
mod double;
mod exponential;
mod logarithm;
mod moderate;

use std::sync::OnceLock;

pub use aligned::Aligned;
pub use exponential::{exp, exp_all};
pub use logarithm::{fused_ln, ln, ln_all, ln_of_share};
pub use moderate::{decay, fused_exp, moderate_exp, moderate_power_of_two};

/// Environment variable that names the instruction set to use, for tests: results must not depend on it.
pub const VARIABLE: &str = "TOKENMARKET_KERNELS";

/// An instruction set that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// x86-64 with AVX-512: eight numbers at a time.
    Avx512,
    /// x86-64 with AVX2 and fused multiply-add: four numbers at a time.
    Avx2,
    /// What the target has at least. On x86-64 that is no fused multiply-add: a library call takes its place, which makes
    /// drawing some ten times slower.
    Portable,
}

impl Instructions {
    const ALL: [Self; 3] = [Self::Avx512, Self::Avx2, Self::Portable];

    /// Its name, in [`VARIABLE`] and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }

    /// The set of a name; `None`: there is no such set.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// Whether this machine has it.
    pub fn is_here(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        let here = match self {
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && Self::Avx2.is_here()
            }
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            Self::Portable => true,
        };
        #[cfg(not(target_arch = "x86_64"))]
        let here = self == Self::Portable;
        here
    }

    /// The set that kernels run with: that of [`VARIABLE`] if this machine has it, else the widest it has.
    #[inline]
    pub fn chosen() -> Self {
        static CHOSEN: OnceLock<Instructions> = OnceLock::new();
        *CHOSEN.get_or_init(|| {
            let forced = std::env::var(VARIABLE).ok().and_then(|name| Self::named(&name));
            let here = |set: &Self| set.is_here();
            forced.filter(here).or_else(|| Self::ALL.into_iter().find(here)).unwrap_or(Self::Portable)
        })
    }
}

/// a b + c, rounded once.
///
/// One instruction where a kernel is compiled for a set that has it; elsewhere, outside kernels too, a library call.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
#[expect(clippy::disallowed_methods, reason = "the same bits everywhere, and fast in kernels")]
pub fn fused(a: f64, b: f64, c: f64) -> f64 {
    a.mul_add(b, c)
}

/// Defines a kernel: a function over slices, compiled for every [`Instructions`].
///
/// What its body calls must be `#[inline(always)]`, else it is compiled for the portable set alone.
#[macro_export]
macro_rules! kernel {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $type),*) $(-> $result)? {
            #[multiversion::multiversion(targets("x86_64+avx2+fma+avx512f+avx512dq+avx512vl"), dispatcher = "direct")]
            fn avx512($($arg: $type),*) $(-> $result)? $body
            #[multiversion::multiversion(targets("x86_64+avx2+fma"), dispatcher = "direct")]
            fn avx2($($arg: $type),*) $(-> $result)? $body
            fn portable($($arg: $type),*) $(-> $result)? $body
            match $crate::kernel::Instructions::chosen() {
                $crate::kernel::Instructions::Avx512 => avx512($($arg),*),
                $crate::kernel::Instructions::Avx2 => avx2($($arg),*),
                $crate::kernel::Instructions::Portable => portable($($arg),*),
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_named_and_one_is_always_here() {
        for set in Instructions::ALL {
            assert_eq!(Instructions::named(set.name()), Some(set));
        }
        assert_eq!(Instructions::named("sse9"), None);
        assert!(Instructions::Portable.is_here() && Instructions::chosen().is_here());
    }
}
