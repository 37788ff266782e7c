//! The target `http` as a program.

#![cfg_attr(feature = "libfuzzer", no_main)]

#[cfg(feature = "libfuzzer")]
libfuzzer_sys::fuzz_target!(|data: &[u8]| docket_fuzz::hold(docket_fuzz::http::check, data));

#[cfg(not(feature = "libfuzzer"))]
fn main() -> std::process::ExitCode {
    docket_fuzz::replay(docket_fuzz::http::check)
}
