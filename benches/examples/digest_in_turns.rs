//! How long sip-digest takes to verify, times the hashes alone. All are measured in short slices in turns, and of each the
//! fastest twentieth counts: what is slower was so because of others on the machine, and they do not slow everything alike.

#![expect(clippy::print_stdout, reason = "this is a program")]

use std::hint::black_box;
use std::time::Instant;

use sip_benches::digest::Signed;
use sip_digest::Algorithm;

/// Operations in a slice: some 50 microseconds.
const SLICE: u32 = 100;
const ROUNDS: usize = 20_000;

/// One operation, slice by slice.
struct Measured {
    slice: Box<dyn FnMut() -> f64>,
    seconds: Vec<f64>,
}

/// What is measured with one algorithm.
struct Case {
    raw: Measured,
    raw_with_password: Measured,
    raw_and_mac: Measured,
    check: Measured,
    check_password: Measured,
    verify: Measured,
    verify_password: Measured,
}

fn main() {
    let mut cases = [Algorithm::Md5, Algorithm::Sha256].map(Case::new);
    for _ in 0..ROUNDS {
        for case in &mut cases {
            case.all().into_iter().for_each(Measured::measure);
        }
    }
    for case in &mut cases {
        for measured in case.all() {
            measured.seconds.sort_by(f64::total_cmp);
        }
    }

    println!("| times the hashes alone | MD5, HA1 | MD5, password | SHA-256, HA1 | SHA-256, password |");
    println!("| --- | --: | --: | --: | --: |");
    row("parse and verify", &cases, |case| {
        [
            case.check.times(&case.raw),
            case.check_password.times(&case.raw_with_password),
        ]
    });
    row("nonce and count too", &cases, |case| {
        [
            case.verify.times(&case.raw),
            case.verify_password.times(&case.raw_with_password),
        ]
    });
    row("the same, times the hashes and the nonce's MAC", &cases, |case| {
        [case.verify.times(&case.raw_and_mac), "-".to_owned()]
    });
}

fn row(name: &str, cases: &[Case; 2], cells: impl Fn(&Case) -> [String; 2]) {
    println!("| {name} | {} |", cases.each_ref().map(cells).concat().join(" | "));
}

impl Case {
    fn new(algorithm: Algorithm) -> Self {
        Self {
            raw: Measured::new(algorithm, Signed::raw),
            raw_with_password: Measured::new(algorithm, Signed::raw_with_password),
            raw_and_mac: Measured::new(algorithm, Signed::raw_and_mac),
            check: Measured::new(algorithm, |signed| signed.check()),
            check_password: Measured::new(algorithm, |signed| signed.check_password()),
            verify: Measured::new(algorithm, Signed::verify),
            verify_password: Measured::new(algorithm, Signed::verify_password),
        }
    }

    fn all(&mut self) -> [&mut Measured; 7] {
        [
            &mut self.raw,
            &mut self.raw_with_password,
            &mut self.raw_and_mac,
            &mut self.check,
            &mut self.check_password,
            &mut self.verify,
            &mut self.verify_password,
        ]
    }
}

impl Measured {
    fn new<T>(algorithm: Algorithm, operation: impl Fn(&mut Signed) -> T + 'static) -> Self {
        let mut signed = Signed::new(algorithm);
        let slice = move || {
            let start = Instant::now();
            for _ in 0..SLICE {
                black_box(operation(&mut signed));
            }
            start.elapsed().as_secs_f64()
        };
        Self {
            slice: Box::new(slice),
            seconds: Vec::with_capacity(ROUNDS),
        }
    }

    fn measure(&mut self) {
        self.seconds.push((self.slice)());
    }

    fn times(&self, floor: &Self) -> String {
        let fast = ROUNDS / 20;
        format!("{:.2}", self.seconds[fast] / floor.seconds[fast])
    }
}
