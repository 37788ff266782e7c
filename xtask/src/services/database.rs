//! PostgreSQL, as Debian packages it.

use std::path::{Path, PathBuf};

use super::{free_port, ready};
use crate::failure::{Failure, io};
use crate::packages;
use crate::process::{Running, Task, find_program};

/// Where `initdb` and its like lie: `DOCKET_POSTGRES_BIN`, the newest release of a Debian machine, or the search path.
pub fn programs() -> Result<PathBuf, Failure> {
    if let Some(named) = std::env::var_os("DOCKET_POSTGRES_BIN").filter(|value| !value.is_empty()) {
        return Ok(named.into());
    }
    let releases = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let with_server = releases.filter(|release| release.path().join("bin/initdb").is_file());
    let newest = with_server.max_by_key(|release| release.file_name().to_string_lossy().parse::<u32>().unwrap_or(0));
    if let Some(release) = newest {
        return Ok(release.path().join("bin"));
    }
    let found = find_program("initdb").and_then(|program| program.parent().map(Path::to_owned));
    found.ok_or_else(|| Failure::said("missing: PostgreSQL's server programs (package postgresql)"))
}

/// A new server below `folder`, and the address of a database that its superuser may use.
pub fn start(programs: &Path, folder: &Path) -> Result<(Running, String), Failure> {
    let data = folder.join("postgres");
    let port = free_port()?;
    let initdb = as_server(programs, "initdb").args(["--auth=trust", "--username=postgres", "--encoding=UTF8"]);
    initdb.args(["--locale=C", "--no-sync", "--pgdata"]).arg(&data).dir(folder).without_output().run()?;
    let log = folder.join("postgres.log");
    let file = std::fs::File::create(&log).map_err(io(format!("can't write {}", log.display())))?;
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", folder.display()),
        "max_connections=200".to_owned(),
        "shared_buffers=64MB".to_owned(),
    ];
    let mut task = as_server(programs, "postgres").arg("-D").arg(&data).args(["-p", &port.to_string()]);
    for setting in &settings {
        task = task.arg("-c").arg(setting);
    }
    let mut server = task.dir(folder).without_output().errors_to(file).start()?;
    let port_text = port.to_string();
    ready(&mut server, "PostgreSQL", &log, || {
        let ask = Task::new(programs.join("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &port_text]);
        ask.silent().status().is_ok_and(|status| status.success())
    })?;
    Ok((server, format!("postgres://postgres@127.0.0.1:{port}/postgres")))
}

/// PostgreSQL refuses to run as root; there it runs as the user that its package made.
fn as_server(programs: &Path, name: &str) -> Task {
    let program = programs.join(name);
    if !packages::is_root() {
        return Task::new(program);
    }
    Task::new("setpriv").args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program)
}
