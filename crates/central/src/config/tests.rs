use super::*;

fn with(pairs: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
    let all = [("DATABASE_URL", "postgres://localhost/docket")].iter().chain(pairs);
    Config::from_values(&all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn lines(pairs: &[(&str, &str)]) -> Vec<String> {
    with(pairs).expect_err("there are faults").to_string().lines().map(str::to_owned).collect()
}

#[test]
fn defaults_hold_where_nothing_is_set() {
    let config = with(&[]).expect("it is whole");
    assert_eq!((config.service_name.as_str(), config.database_connections), ("docket-central", 10));
    assert_eq!((config.listening, config.kafka_brokers, config.otlp_endpoint), (None, None, None));
    assert_eq!(config.retry_delays_ms, [5_000, 60_000, 600_000]);
}

#[test]
fn each_fault_is_one_line_that_names_its_key() {
    let faults = lines(&[
        ("DOCKET_LISTEN", "nowhere"),
        ("DOCKET_TOKEN_DAYS", "0"),
        ("DOCKET_SECRET", "abc"),
        ("DOCKET_TLS_CERT_FILE", "cert.pem"),
    ]);
    let names: Vec<&str> = faults.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(names, ["DOCKET_LISTEN", "DOCKET_TLS_KEY_FILE", "DOCKET_SECRET", "DOCKET_TOKEN_DAYS"]);
}

#[test]
fn plain_is_taken_on_a_loopback_address_only() {
    assert_eq!(with(&[("DOCKET_PLAIN", "true")]).expect("loopback").listening, Some(Listening::Plain));
    let faults = lines(&[("DOCKET_PLAIN", "true"), ("DOCKET_LISTEN", "0.0.0.0:7443")]);
    assert_eq!(faults.len(), 1);
    assert!(faults[0].starts_with("DOCKET_PLAIN: goes with a loopback address only"), "{faults:?}");
}

#[test]
fn the_environment_goes_before_the_file_and_a_foreign_key_is_a_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("central.toml");
    std::fs::write(&path, "CELL_ID = \"file\"\nDOCKET_TOKEN_DAYS = 7\n").expect("written");
    let path_text = path.to_str().expect("text");
    let config = with(&[(FILE_KEY, path_text), ("CELL_ID", "environment")]).expect("it is whole");
    assert_eq!((config.cell_id.as_str(), config.token_life.as_secs()), ("environment", 7 * 86_400));
    std::fs::write(&path, "DATABSE_URL = \"x\"\n").expect("written");
    assert!(lines(&[(FILE_KEY, path_text)])[0].starts_with("DATABSE_URL: is no key of this program"));
}
