//! How the programs in use read a document, where EIP-712 leaves room or they leave EIP-712.
//!
//! Each is described as its source does it: @metamask/eth-sig-util 8.2.0 (`signTypedData` V3 and V4), ethers 5.8.0 and
//! 6.17.0, viem 2.57.20, eth-account 0.14.0. `testdata/typed-data.json` has what the programs themselves made.

/// A way to read a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Convention {
    /// EIP-712 itself.
    Strict,
    /// `MetaMask`'s `eth_signTypedData_v3`.
    V3,
    /// `MetaMask`'s `eth_signTypedData_v4`.
    V4,
    /// ethers 5.
    Ethers5,
    /// ethers 6.
    Ethers6,
    /// viem.
    Viem,
    /// eth-account, of web3.py.
    EthAccount,
}

/// What a member that is not there amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    Refused,
    /// No word at all.
    Skipped,
    /// 32 bytes of zero.
    Zero,
    /// The hash of no bytes.
    Empty,
}

/// The part of a type that decides what absence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Array,
    Struct,
    Bool,
    String,
    Bytes,
    Other,
}

impl Convention {
    /// All but the strict one.
    pub(super) const OTHERS: [Self; 6] = [
        Self::V4,
        Self::V3,
        Self::Ethers6,
        Self::Ethers5,
        Self::Viem,
        Self::EthAccount,
    ];

    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Strict => "eip712",
            Self::V3 => "eth-sign-typed-data-v3",
            Self::V4 => "eth-sign-typed-data-v4",
            Self::Ethers5 => "ethers-v5",
            Self::Ethers6 => "ethers-v6",
            Self::Viem => "viem",
            Self::EthAccount => "eth-account",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Strict => "EIP-712",
            Self::V3 => "MetaMask's eth_signTypedData_v3 (eth-sig-util)",
            Self::V4 => "MetaMask's eth_signTypedData_v4 (eth-sig-util)",
            Self::Ethers5 => "ethers 5",
            Self::Ethers6 => "ethers 6",
            Self::Viem => "viem",
            Self::EthAccount => "eth-account (web3.py)",
        }
    }

    pub(super) const fn is_strict(self) -> bool {
        matches!(self, Self::Strict)
    }

    pub(super) const fn is_sig_util(self) -> bool {
        matches!(self, Self::V3 | Self::V4)
    }

    pub(super) const fn is_ethers(self) -> bool {
        matches!(self, Self::Ethers5 | Self::Ethers6)
    }

    /// A member that the document does not have.
    pub(super) const fn missing(self, shape: Shape) -> Absent {
        match (self, shape) {
            // `if (version === V3 && data[field.name] === undefined) continue`
            (Self::V3, _) => Absent::Skipped,
            // `version === V4 && value == null`, and ethers' `(!value) ? hexFalse : hexTrue`.
            (Self::V4, Shape::Struct) | (Self::Ethers5 | Self::Ethers6, Shape::Bool) => Absent::Zero,
            // `data.get(field["name"])`: missing is None.
            (Self::EthAccount, _) => self.null(shape),
            _ => Absent::Refused,
        }
    }

    /// A member that is null.
    pub(super) const fn null(self, shape: Shape) -> Absent {
        match (self, shape) {
            (Self::V4, Shape::Struct)
            | (Self::V3 | Self::V4 | Self::Ethers5 | Self::Ethers6, Shape::Bool)
            // `("bytes32", b"")`
            | (Self::EthAccount, Shape::Struct | Shape::String | Shape::Bytes) => Absent::Zero,
            // `stringToBytes(value ?? '')`
            (Self::V3 | Self::V4, Shape::String) => Absent::Empty,
            _ => Absent::Refused,
        }
    }

    /// True where a fixed array must have its length: the others never look.
    pub(super) const fn counts_arrays(self) -> bool {
        matches!(self, Self::Strict | Self::Ethers5 | Self::Ethers6)
    }

    /// True where a type may refer to itself.
    pub(super) const fn allows_cycles(self) -> bool {
        !self.is_ethers()
    }

    /// True where two members of a type may have one name.
    pub(super) const fn allows_twins(self) -> bool {
        !(self.is_strict() || self.is_ethers())
    }

    /// True where `types.EIP712Domain` is not looked at, the members of `domain` alone being hashed.
    pub(super) const fn ignores_domain_type(self) -> bool {
        self.is_ethers() || matches!(self, Self::EthAccount)
    }
}
