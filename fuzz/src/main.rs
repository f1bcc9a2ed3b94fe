//! libFuzzer over one of the program's doors for what others wrote; `FUZZ_TARGET` says which. See `src/fuzz.rs`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<staylogged::fuzz::Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    staylogged::fuzz::TARGETS
        .iter()
        .find(|(target, _)| *target == name)
        .unwrap_or_else(|| panic!("FUZZ_TARGET={name} is no target"))
        .1
});

fuzz_target!(|data: &[u8]| TARGET(data));
