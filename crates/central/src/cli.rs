//! The command line. Each subcommand reads the configuration, and says in one line what is wrong.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use docket_domain::catalog::import::import_menu;
use docket_domain::ids::{DeviceId, StoreId, TenantId};

use crate::api::auth::Trust;
use crate::api::server::{ApiServer, ApiSettings};
use crate::api::webhooks::Targets;
use crate::config::{self, Config};
use crate::consume;
use crate::db::{Database, Role, migrate};
use crate::dev;
use crate::down::{OrderFile, OwnLogs, add_order, publish_catalogue, revoke_device};
use crate::health::{self, Needs};
use crate::ingest::Ingest;
use crate::limits::CODE_MINUTES;
use crate::prove::{self, Prove};
use crate::reconcile::{self, Reconcile};
use crate::relay;
use crate::server::SyncServerParts;
use crate::telemetry::{Metrics, Stop, in_one_line, logs};
use crate::tenants;

/// What a subcommand may fail with; printed with its sources in one line.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Head office: takes the events of every till in, keeps them, and tells others.
#[derive(Debug, Parser)]
#[command(name = "docket-central", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints every key of the configuration with its default.
    Config,
    /// Brings the schema of the database up to date.
    Migrate,
    /// Tenants: the owners of stores.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// One-time codes, with which a till enrols.
    #[command(subcommand)]
    Code(CodeCommand),
    /// Devices.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Orders that are written at head office.
    #[command(subcommand)]
    Order(OrderCommand),
    /// Publishes a document to a store.
    #[command(subcommand)]
    Publish(PublishCommand),
    /// Runs the sync service.
    Serve {
        /// A house to try the API with, on this machine only: no token is asked for, and whoever calls is the admin of a demo
        /// tenant.
        #[arg(long)]
        dev: bool,
    },
    /// Publishes the outbox to Kafka; one of several is active.
    Relay(relay::Args),
    /// Reads Kafka in one role.
    Consume(consume::Args),
    /// Messages that a role has given up: lists, shows, replays them.
    Dlq(consume::dlq::Args),
    /// Compares the days of every store, and signs statements.
    Reconcile(Reconcile),
    /// Compares one day of a store, signs it if it changed, and prints the statement; fails where the day is not equal.
    Prove(Prove),
    /// Asks the service on DOCKET_HTTP_LISTEN whether it is ready.
    Probe,
}

#[derive(Debug, Subcommand)]
enum TenantCommand {
    /// Makes a tenant, and prints its id.
    Add {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
enum CodeCommand {
    /// Makes a code, and prints it. Without a store it founds one.
    New {
        /// The tenant.
        #[arg(long)]
        tenant: TenantId,
        /// The store that is joined.
        #[arg(long)]
        store: Option<StoreId>,
        /// How long it is good for.
        #[arg(long, default_value_t = CODE_MINUTES, value_parser = clap::value_parser!(i64).range(1..=10_080))]
        minutes: i64,
    },
}

#[derive(Debug, Subcommand)]
enum DeviceCommand {
    /// Revokes a device: what it writes from now on has no effect.
    Revoke {
        /// The tenant.
        #[arg(long)]
        tenant: TenantId,
        /// The device.
        #[arg(long)]
        device: DeviceId,
    },
}

#[derive(Debug, Subcommand)]
enum OrderCommand {
    /// Writes an order into a store, and prints its id.
    Add {
        /// The tenant.
        #[arg(long)]
        tenant: TenantId,
        /// The store.
        #[arg(long)]
        store: StoreId,
        /// JSON with order_type, table and lines of product_id, quantity and modifiers.
        #[arg(long)]
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum PublishCommand {
    /// A menu as the next version of a store's catalogue; prints the version.
    Catalogue {
        /// The tenant.
        #[arg(long)]
        tenant: TenantId,
        /// The store.
        #[arg(long)]
        store: StoreId,
        /// The menu in JSON, as a till imports it.
        #[arg(long)]
        file: PathBuf,
        /// Which menu of a file that has several.
        #[arg(long)]
        menu_id: Option<String>,
    },
}

impl Cli {
    /// Runs the subcommand.
    #[must_use]
    pub fn run(self) -> ExitCode {
        if matches!(self.command, Command::Config) {
            print!("{}", config::table());
            return ExitCode::SUCCESS;
        }
        let config = match Config::load() {
            Ok(config) => config,
            Err(faults) => {
                eprintln!("{faults}");
                return ExitCode::from(2);
            }
        };
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                eprintln!("no runtime: {error}");
                return ExitCode::FAILURE;
            }
        };
        match runtime.block_on(traced(self.command, config)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                eprintln!("{}", in_one_line(&*failure));
                ExitCode::FAILURE
            }
        }
    }
}

/// Runs the subcommand with logs and traces; the last spans are sent before it ends.
async fn traced(command: Command, config: Config) -> Result<(), Failure> {
    let traces = logs::start(&config.log, config.otlp_endpoint.as_deref(), &config.service_name)?;
    let result = run(command, config).await;
    tokio::task::spawn_blocking(move || traces.end()).await?;
    result
}

async fn run(command: Command, config: Config) -> Result<(), Failure> {
    match command {
        Command::Config => {}
        Command::Migrate => migrate(&config.database_url).await?,
        Command::Tenant(TenantCommand::Add { name }) => {
            let tenant = tenants::add(&database(&config).await?, config.need_secret()?, &name).await?;
            println!("{tenant}");
        }
        Command::Code(CodeCommand::New { tenant, store, minutes }) => {
            let code = tenants::new_enrolment_code(&database(&config).await?, tenant, store, minutes).await?;
            println!("{code}");
        }
        Command::Device(DeviceCommand::Revoke { tenant, device }) => {
            writing(&config, async |logs| revoke_device(logs, tenant, device).await).await?;
        }
        Command::Order(OrderCommand::Add { tenant, store, file }) => {
            let file: OrderFile = serde_json::from_str(&read(&file)?)?;
            println!("{}", writing(&config, async |logs| add_order(logs, tenant, store, &file).await).await?);
        }
        Command::Publish(PublishCommand::Catalogue { tenant, store, file, menu_id }) => {
            let (catalogue, _) = import_menu(&read(&file)?, menu_id.as_deref()).map_err(|faults| {
                faults.iter().map(|fault| format!("{}: {}", fault.field(), fault.rule())).collect::<Vec<_>>().join("\n")
            })?;
            let publish = async |logs: &OwnLogs| publish_catalogue(logs, tenant, store, catalogue).await;
            println!("{}", writing(&config, publish).await?);
        }
        Command::Serve { dev } => {
            let config = if dev { config.for_dev()? } else { config };
            if dev {
                dev::prepare_schema(&config.database_url).await?;
            }
            health::work(&config, Needs::Database, async |stop, metrics| serve(&config, dev, &stop, metrics).await)
                .await?;
        }
        Command::Relay(args) => {
            health::work(&config, Needs::DatabaseAndKafka, async |stop, metrics| {
                Ok::<_, Failure>(relay::command(&config, &args, stop, metrics).await?)
            })
            .await?;
        }
        Command::Consume(args) => {
            health::work(&config, Needs::DatabaseAndKafka, async |stop, metrics| {
                Ok::<_, Failure>(consume::command(&config, &args, stop, metrics).await?)
            })
            .await?;
        }
        Command::Dlq(args) => consume::dlq::command(&config, &args).await?,
        Command::Reconcile(options) => {
            health::work(&config, Needs::DatabaseAndKafka, async |stop, metrics| {
                Ok::<_, Failure>(reconcile::command(&config, options, &stop, metrics).await?)
            })
            .await?;
        }
        Command::Prove(options) => {
            let (text, equal) = prove::command(&config, &options).await?;
            print!("{text}");
            if !equal {
                return Err("the day is not equal".into());
            }
        }
        Command::Probe => health::probe(config.http_listen).await?,
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: can't be read: {error}", path.display()).into())
}

async fn database(config: &Config) -> Result<Database, Failure> {
    Ok(Database::connect(&config.database_url, Role::Ingest, config.database_connections.max(2)).await?)
}

/// Writes into head office's own logs, and tells those who wait for it before the program ends.
async fn writing<T, E>(config: &Config, act: impl AsyncFnOnce(&OwnLogs) -> Result<T, E>) -> Result<T, Failure>
where
    Failure: From<E>,
{
    let logs = OwnLogs::new(Arc::new(Ingest::new(database(config).await?)), config.need_secret()?.clone());
    let done = act(&logs).await?;
    logs.say_words().await;
    Ok(done)
}

async fn serve(config: &Config, dev: bool, stop: &Stop, metrics: Metrics) -> Result<(), Failure> {
    let listening = config.need_listening()?;
    let database = database(config).await?;
    if dev {
        dev::prepare(&database, config.need_secret()?).await?;
    }
    let parts = SyncServerParts::bind(config.listen, listening, database.clone(), config.token_life).await?;
    let address = parts.address()?;
    if dev {
        let invitation = dev::invitation(&database, address).await?;
        // Nobody may read it.
        let _ = std::io::stdout().write_all(invitation.as_bytes());
    }
    let parts = parts.with_metrics(metrics.clone()).with_secret(config.secret.clone());
    let api = match api_settings(config, dev, &parts, &metrics).await? {
        Some(settings) => Some(ApiServer::bind(settings).await?),
        None => None,
    };
    tracing::info!(service = config.service_name, cell = config.cell_id, %address, "head office is ready");
    let Some(api) = api else { return Ok(parts.serve(stop.receiver()).await?) };
    tracing::info!(grpc = %api.grpc_address()?, rest = %api.rest_address()?, "the API is ready");
    let ingest = parts.ingest().clone();
    let (sync, api) = tokio::join!(
        until_stop(stop, parts.serve(stop.receiver())),
        until_stop(stop, api.serve(config, ingest, metrics, stop.clone())),
    );
    Ok(sync.and(api)?)
}

/// Waits for the end of a part of the service. Where one fails, the others are asked to stop.
async fn until_stop<E>(stop: &Stop, part: impl Future<Output = Result<(), E>>) -> Result<(), E> {
    let ended = part.await;
    stop.ask();
    ended
}

/// How the API is run; not at all where nobody's tokens are believed.
async fn api_settings(
    config: &Config,
    dev: bool,
    parts: &SyncServerParts,
    metrics: &Metrics,
) -> Result<Option<ApiSettings>, Failure> {
    let trust = match &config.guard.tokens {
        _ if dev => Trust::Anybody(dev::TENANT),
        Some(tokens) => Trust::open(tokens, metrics.clone()).await?,
        None => return Ok(None),
    };
    Ok(Some(ApiSettings {
        grpc_listen: config.grpc_listen,
        rest_listen: config.api_listen,
        certificate: parts.certificate().cloned(),
        trust,
        rates: config.guard.rates,
        proxies: config.guard.proxies.clone(),
        secret: config.need_secret()?.clone(),
        take_limits: config.take_limits,
        default_store: dev.then_some(dev::STORE),
        targets: if dev { Targets::Local } else { Targets::Public },
    }))
}
