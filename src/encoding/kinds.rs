//! Kinds of faults with codes: one table makes the enum, its codes, and the list of both.

/// Makes an error enum from `Variant "code" "sentence",` lines: `ALL`, `code()`, and the constant `CODES` beside it.
macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident; $($variant:ident $code:literal $sentence:literal,)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $code, "`: ", $sentence, ".")]
                #[error($sentence)]
                $variant,
            )+
        }

        impl $name {
            /// All kinds, in the order of [`CODES`].
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The kind's code, in kebab case.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }

        /// The codes of all kinds.
        pub const CODES: &[&str] = &[$($code,)+];
    };
}

pub(crate) use kinds;
