#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| heard_fuzz::mail(bytes));
