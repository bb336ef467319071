#![no_main]
#![expect(missing_docs, reason = "the body says what it checks")]
libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::build_message(data));
