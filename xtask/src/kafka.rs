//! Kafka's jars. Maven fetches them from wherever its own settings say, once, into `target/tools/kafka/lib`.

use std::path::PathBuf;

use crate::failure::{Failure, io};
use crate::files;
use crate::process::Task;
use crate::workspace::Workspace;

/// The server with all that it needs to run, and nothing else.
const POM: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>docket</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>4.1.0</version>
    </dependency>
  </dependencies>
</project>
"#;

/// The folder with the jars; they are fetched if they are not there.
pub fn jars(workspace: &Workspace) -> Result<PathBuf, Failure> {
    if let Some(named) = std::env::var_os("DOCKET_KAFKA_LIB").filter(|value| !value.is_empty()) {
        return Ok(named.into());
    }
    let home = workspace.target.join("tools").join("kafka");
    let (pom, lib) = (home.join("pom.xml"), home.join("lib"));
    // The folder takes its name when it is complete, so a download that broke off is begun anew.
    if lib.is_dir() && std::fs::read_to_string(&pom).is_ok_and(|text| text == POM) {
        return Ok(lib);
    }
    let part = home.join("part");
    files::remove_inside(&lib, &workspace.target)?;
    files::remove_inside(&part, &workspace.target)?;
    std::fs::create_dir_all(&home).map_err(io(format!("can't make {}", home.display())))?;
    std::fs::write(&pom, POM).map_err(io(format!("can't write {}", pom.display())))?;
    let maven = Task::new("mvn").args(["--batch-mode", "--quiet", "--file"]).arg(&pom);
    let maven = maven.args(["dependency:copy-dependencies", "-DincludeScope=runtime"]);
    maven.arg(format!("-DoutputDirectory={}", part.display())).output_to_stderr().run()?;
    std::fs::rename(&part, &lib).map_err(io(format!("can't make {}", lib.display())))?;
    Ok(lib)
}
