use clap::Parser;
use sip_digest::Algorithm;
use sip_tokio::Accounts as _;

use super::*;

fn parse(text: &str) -> Result<Settings, ConfigError> {
    Settings::from_toml(text, "c.toml")
}

fn flags(arguments: &[&str]) -> Flags {
    Flags::try_parse_from(["presence-server"].iter().chain(arguments)).unwrap()
}

/// The message of the error, and that it names this line and column.
#[track_caller]
fn error(text: &str, line: usize, column: usize) -> String {
    let error = parse(text).unwrap_err().to_string();
    let place = format!("c.toml: line {line}, column {column}: ");
    let message = error.strip_prefix(&place);
    message
        .unwrap_or_else(|| panic!("{error:?} does not begin with {place:?}"))
        .to_owned()
}

#[test]
fn the_example_is_the_defaults() {
    let example = Settings::from_toml(EXAMPLE, "example").unwrap();
    assert_eq!(format!("{example:?}"), format!("{:?}", Settings::default()));
    assert_eq!(format!("{:?}", parse("").unwrap()), format!("{example:?}"));
    let from_flags = Settings::from_flags(flags(&[])).unwrap();
    assert_eq!(format!("{from_flags:?}"), format!("{example:?}"));
}

#[test]
fn the_example_has_every_key_and_its_comments_hold() {
    // The keys that have no default stand in comments without a space after the sign.
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if !key.starts_with(' ') => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let mut settings = Settings::from_toml(&uncommented, "example").unwrap();
    assert_eq!(settings.advertise.as_deref(), Some("sip.example.test"));
    assert_eq!(settings.accounts.names().collect::<Vec<_>>(), ["dave", "erin"]);
    let by_password = |name: &str| {
        let mut accounts = Accounts::new("example.test");
        accounts.insert(name, &sip_digest::Password::new("secret"));
        accounts.ha1(name, "example.test", Algorithm::Md5).unwrap().to_hex()
    };
    for name in ["dave", "erin"] {
        let ha1 = settings.accounts.ha1(name, "example.test", Algorithm::Md5).unwrap();
        assert_eq!(ha1.to_hex(), by_password(name));
    }
    let keys = [
        "listen",
        "advertise",
        "domains",
        "realm",
        "store",
        "log_level",
        "algorithms",
        "qop",
        "nonce_lifetime",
        "register",
        "subscribe",
        "publish",
        "accounts",
    ];
    let error = error("x = 1", 1, 1);
    for key in keys {
        assert!(error.contains(&format!("`{key}`")), "{key} is no key: {error}");
    }
    assert_eq!(
        error.matches('`').count(),
        2 * (keys.len() + 1),
        "a key is not in the example: {error}"
    );
    let table: toml::Table = uncommented.parse().unwrap();
    assert_eq!(table.len(), keys.len());
}

#[test]
fn wrong_keys_are_named() {
    assert!(error("\nlisten = []\nlisen = []\n", 3, 1).starts_with("unknown key `lisen`, expected one of `listen`"));
    assert!(error("[register]\nmin = 1\nmaximum = 3\n", 3, 1).contains("expected one of `min`, `max`, `default`"));
    assert!(error("realm = 'a'\nrealm = 'b'\n", 2, 1).contains("duplicate key"));
    assert!(error("[[accounts]]\npassword = 'a'\n", 1, 1).contains("missing key `name`"));
}

#[test]
fn what_does_not_fit_the_algorithms_is_refused_at_once() {
    let sha256 = "0".repeat(64);
    let account = format!("[[accounts]]\nname = 'dave'\nha1 = '{sha256}'\n");
    assert!(error(&account, 3, 7).starts_with("the HA1 of dave is one of SHA-256, which is not among the algorithms"));
    assert!(parse(&format!("algorithms = ['MD5', 'SHA-256-sess']\n{account}")).is_ok());
    let flag = format!("--account-ha1=dave={sha256}");
    let refused = Settings::from_flags(flags(&[&flag])).unwrap_err().to_string();
    assert!(refused.starts_with("--account-ha1: the HA1 of dave"), "{refused}");
    assert!(Settings::from_flags(flags(&[&flag, "--algorithm=SHA-256"])).is_ok());
    assert!(error("algorithms = ['MD5-sess']\nqop = 'none'\n", 2, 7).starts_with("expected auth"));
    let refused = Settings::from_flags(flags(&["--qop=none", "--algorithm=SHA-256"])).unwrap_err();
    assert!(refused.to_string().starts_with("--qop: expected auth"), "{refused}");
    assert!(parse("qop = 'none'\n").is_ok());
}

#[test]
fn accounts_that_flags_replace_are_not_checked() {
    let sha256 = "0".repeat(64);
    for unfit in [format!("ha1 = '{sha256}'"), "ha1 = '0123'".to_owned(), String::new()] {
        let text = format!("[[accounts]]\nname = 'dave'\n{unfit}\n");
        let source = Source {
            name: "c.toml",
            text: &text,
        };
        let merged = |flag: &str| merge(FileSettings::parse(source).unwrap(), flags(&[flag]), Some(source));
        let settings = merged("--account=erin=secret").unwrap();
        assert_eq!(settings.accounts.names().collect::<Vec<_>>(), ["erin"]);
        // A flag of another kind replaces none.
        let error = merged("--qop=auth").unwrap_err().to_string();
        assert!(error.starts_with("c.toml: line ") && error.contains("dave"), "{error}");
    }
}

#[test]
fn an_ha1_may_be_one_of_sha_512_256() {
    // printf '%s' erin:example.test:secret | openssl dgst -sha512-256
    let digits = "ec540a4251bf2b0eaef9856249432f83ae55d4ec067b4efc9e239b333a7bfe2d";
    let account = format!("[[accounts]]\nname = 'erin'\nha1 = 'SHA-512-256:{digits}'\n");
    let mut settings = parse(&format!("algorithms = ['SHA-512-256']\n{account}")).unwrap();
    let flag = format!("--account-ha1=erin=SHA-512-256:{digits}");
    let mut from_flags = Settings::from_flags(flags(&[&flag, "--algorithm=SHA-512-256"])).unwrap();
    let mut by_password = Accounts::new("example.test");
    by_password.insert("erin", &sip_digest::Password::new("secret"));
    for accounts in [&mut settings.accounts, &mut from_flags.accounts, &mut by_password] {
        let ha1 = accounts.ha1("erin", "example.test", Algorithm::Sha512_256).unwrap();
        assert_eq!(
            (ha1.algorithm(), ha1.to_hex().as_str()),
            (Algorithm::Sha512_256, digits)
        );
    }
    assert!(error(&account, 3, 7).starts_with("the HA1 of erin is one of SHA-512-256"));
}

#[test]
fn wrong_types_say_what_was_expected() {
    assert!(error("listen = 'udp:127.0.0.1:5060'\n", 1, 10).contains("expected an array"));
    assert!(error("realm = 1\n", 1, 9).contains("expected a string in quotes"));
    assert!(error("nonce_lifetime = '5'\n", 1, 18).contains("expected a number of seconds from 1"));
    assert!(error("nonce_lifetime = 0\n", 1, 18).contains("expected a number of seconds from 1"));
    assert!(error("[publish]\nmax = 4294967296\n", 2, 7).contains("expected a number of seconds from 1"));
    assert!(error("register = 5\n", 1, 12).contains("expected a table with min, max and default"));
    assert!(error("accounts = [5]\n", 1, 13).contains("expected a table with name"));
    assert!(error("a = [1,\n", 1, 8).contains("expected"));
}

#[test]
fn wrong_values_say_what_was_expected() {
    let listen = "listen = [\n  'udp:127.0.0.1:5060',\n  'udp:localhost:5060',\n]\n";
    assert!(error(listen, 3, 3).starts_with("expected udp:ADDRESS:PORT"));
    let twice = "listen = ['udp:127.0.0.1:5060', 'udp:127.0.0.1:5060']\n";
    assert_eq!(error(twice, 1, 33), "this address is listed twice");
    assert!(parse("listen = ['udp:127.0.0.1:0', 'udp:127.0.0.1:0']\n").is_ok());
    assert_eq!(error("listen = []\n", 1, 10), "expected an address to listen on");
    assert_eq!(error("\ndomains = []\n", 2, 11), "expected a domain");
    assert!(error("domains = ['a b']\n", 1, 12).starts_with("expected a domain"));
    assert!(error("domains = ['a.test', 'A.test']\n", 1, 22).contains("twice"));
    assert!(error("advertise = 'a:5060'\n", 1, 13).starts_with("expected a host name"));
    assert!(error("realm = ''\n", 1, 9).starts_with("expected a text"));
    assert_eq!(error("\n\nqop = 'auth-int'\n", 3, 7), "expected auth or none");
    assert!(error("store = ''\n", 1, 9).starts_with("expected the path"));
    assert!(error("algorithms = ['MD5', 'MD6']\n", 1, 22).starts_with("expected MD5, SHA-256"));
    assert!(error("algorithms = ['md5', 'MD5']\n", 1, 14).starts_with("MD5 stands twice"));
    assert!(error("algorithms = []\n", 1, 14).starts_with("a realm needs at least one algorithm"));
    let settings = parse("algorithms = ['SHA-256', 'MD5']\n").unwrap();
    assert_eq!(settings.algorithms.as_slice(), [Algorithm::Sha256, Algorithm::Md5]);
}

#[test]
fn bounds_fit_together() {
    assert!(error("[register]\nmin = 20\nmax = 10\n", 2, 7).contains("not above max, which is 10"));
    assert!(error("[register]\nmin = 20\ndefault = 10\n", 3, 11).contains("at least min, which is 20"));
    assert!(error("[register]\ndefault = 20\nmax = 10\n", 2, 11).contains("at most max, which is 10"));
    let bounds = |text: &str| {
        let Expiry { min, max, default } = parse(&format!("[publish]\n{text}\n")).unwrap().publish;
        assert!(min <= default && default <= max, "{text}");
        (min, default, max)
    };
    assert_eq!(bounds("max = 600"), (10, 600, 600));
    assert_eq!(bounds("max = 5"), (5, 5, 5));
    assert_eq!(bounds("min = 7200"), (7200, 7200, 86_400));
    assert_eq!(bounds("min = 100000"), (100_000, 100_000, 100_000));
    assert_eq!(bounds("default = 5"), (5, 5, 86_400));
    assert_eq!(bounds("default = 100000"), (10, 100_000, 100_000));
    assert_eq!(bounds("min = 1\ndefault = 2\nmax = 3"), (1, 2, 3));
}

#[test]
fn accounts_have_a_name_and_one_secret() {
    let account = |text: &str| format!("[[accounts]]\nname = 'dave'\n{text}\n");
    assert_eq!(error(&account(""), 1, 1), "expected password or ha1 for dave");
    assert!(error(&account("password = 'x'\nha1 = 'y'"), 4, 7).contains("expected one of password and ha1"));
    let unfit = error(&account("ha1 = '0123'"), 3, 7);
    assert!(
        unfit.starts_with("the HA1 of dave: expected 32 or 64 hexadecimal digits"),
        "{unfit}"
    );
    assert!(error(&account("password = ''"), 3, 12).starts_with("the password of dave: expected a password"));
    let twice = account("password = 'x'").repeat(2);
    assert_eq!(error(&twice, 5, 8), "the account dave is given twice");
    assert!(error("[[accounts]]\nname = 'a@b'\npassword = 'x'\n", 2, 8).contains("before the @"));
}

#[test]
fn secrets_are_in_no_message() {
    let account = |text: &str| format!("[[accounts]]\nname = 'dave'\n{text}\n");
    let texts = [
        account("password = 31337"),
        account("password = 31337.5"),
        account("password = 31337e"),
        account("password = [31337]"),
        account("password = { a = 31337 }"),
        account("password = '31337"),
        account("password = x31337"),
        account("ha1 = '31337'"),
        account("ha1 = 31337"),
    ];
    for text in texts {
        let error = parse(&text).unwrap_err().to_string();
        assert!(error.starts_with("c.toml: line 3, column "), "{error}");
        assert!(!error.contains("31337"), "{error}");
    }
    let given = flags(&["--account", "31337", "--account-ha1=dave=31337"]);
    assert!(!format!("{given:?}").contains("31337"));
    let error = Settings::from_flags(given).unwrap_err();
    assert!(matches!(error, ConfigError::Flag { flag: "--account", .. }));
    assert!(!error.to_string().contains("31337"), "{error}");
    let settings = parse(&account("password = '31337'")).unwrap();
    assert!(!format!("{settings:?}").contains("31337"));
}

#[test]
fn flags_win_over_the_file() {
    let text = "domains = ['file.test']\nlog_level = 'warn'\n[[accounts]]\nname = 'dave'\npassword = 'x'\n";
    let source = Source { name: "c.toml", text };
    let merged =
        |arguments: &[&str]| merge(FileSettings::parse(source).unwrap(), flags(arguments), Some(source)).unwrap();
    let plain = merged(&[]);
    assert_eq!(plain.domains, ["file.test"]);
    assert_eq!(plain.accounts.realm(), "file.test");
    assert_eq!(plain.log_level, Level::Warn);
    assert_eq!(plain.accounts.names().collect::<Vec<_>>(), ["dave"]);
    let mut settings = merged(&[
        "--domain=flag.test",
        "--log-level=debug",
        "--account=erin=pass=word",
        "--listen=tcp:[::1]:0",
        "--store=:memory:",
        "--qop=none",
        "--nonce-lifetime=7",
        "--subscribe-expires=1,2,3",
    ]);
    assert_eq!(settings.domains, ["flag.test"]);
    assert_eq!(settings.accounts.realm(), "flag.test");
    assert_eq!(settings.log_level, Level::Debug);
    assert_eq!(settings.accounts.names().collect::<Vec<_>>(), ["erin"]);
    let mut expected = Accounts::new("flag.test");
    expected.insert("erin", &sip_digest::Password::new("pass=word"));
    assert_eq!(
        settings
            .accounts
            .ha1("erin", "flag.test", Algorithm::Md5)
            .unwrap()
            .to_hex(),
        expected.ha1("erin", "flag.test", Algorithm::Md5).unwrap().to_hex()
    );
    assert_eq!(settings.listen.len(), 1);
    assert_eq!(settings.store, StoreLocation::Memory);
    assert!(!settings.qop_auth);
    let two = merged(&["--algorithm=SHA-256", "--algorithm=MD5"]);
    assert_eq!(two.algorithms.as_slice(), [Algorithm::Sha256, Algorithm::Md5]);
    assert_eq!(settings.nonce_lifetime, Duration::from_secs(7));
    assert_eq!(
        settings.subscribe,
        Expiry {
            min: 1,
            default: 2,
            max: 3
        }
    );
    assert_eq!(settings.register, Expiry::default());
}

#[test]
fn an_unspecified_address_needs_a_name() {
    let text = "listen = ['udp:127.0.0.1:5060',\n 'udp:0.0.0.0:5060']\n";
    assert!(error(text, 2, 2).contains("set `advertise`"));
    assert!(parse(&format!("{text}advertise = 'sip.example.test'\n")).is_ok());
    let error = Settings::from_flags(flags(&["--listen=tcp:[::]:0"])).unwrap_err();
    assert!(matches!(error, ConfigError::Flag { flag: "--listen", .. }), "{error}");
    let named = flags(&["--listen=tcp:[::]:0", "--advertise=2001:db8::1"]);
    assert_eq!(
        Settings::from_flags(named).unwrap().advertise.as_deref(),
        Some("[2001:db8::1]")
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let missing = flags(&["--config=no/such/file.toml"]);
    let error = Settings::from_flags(missing).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot read the configuration no/such/file.toml: "),
        "{error}"
    );
}
