//! The active currencies of ISO 4217 with their exponents, as amended up to January 2026.
//!
//! Left out: precious metals, units of account of banks and test codes (`XAU`, `XDR`, `XXX`, …), for they have no minor
//! unit. Kept for two years after their withdrawal, since refunds and reports of the time still name them: `ANG` (2025)
//! and `BGN` (2026).

/// Codes whose minor unit is the unit itself.
const NO_MINOR_UNIT: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
];

/// Codes with hundredths. `MGA` and `MRU` divide by five in daily life, but the standard gives them two decimals.
const HUNDREDTHS: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND",
    "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CNY", "COP", "COU",
    "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS",
    "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR",
    "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU",
    "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK",
    "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS",
    "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD",
    "USN", "UYU", "UZS", "VED", "VES", "WST", "XAD", "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG",
];

/// Codes with thousandths.
const THOUSANDTHS: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// Codes with ten-thousandths: units of account that follow inflation.
const TEN_THOUSANDTHS: &[&str] = &["CLF", "UYW"];

const BY_EXPONENT: [(u8, &[&str]); 4] = [(2, HUNDREDTHS), (0, NO_MINOR_UNIT), (3, THOUSANDTHS), (4, TEN_THOUSANDTHS)];

/// The code from the table and its exponent, if the code is active.
pub(super) fn find(code: &str) -> Option<(&'static str, u8)> {
    BY_EXPONENT
        .iter()
        .find_map(|(exponent, codes)| codes.binary_search(&code).ok().map(|index| (codes[index], *exponent)))
}

/// Every active code with its exponent.
pub(super) fn all() -> impl Iterator<Item = (&'static str, u8)> {
    BY_EXPONENT.iter().flat_map(|(exponent, codes)| codes.iter().map(|code| (*code, *exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_is_sorted_so_that_it_can_be_searched() {
        for (_, codes) in BY_EXPONENT {
            assert!(codes.is_sorted_by(|left, right| left < right));
        }
    }

    #[test]
    fn a_code_stands_in_one_list_only() {
        let mut codes: Vec<_> = all().map(|(code, _)| code).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
