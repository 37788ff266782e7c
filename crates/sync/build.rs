//! Makes the messages and the services of `proto/`, without `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descriptors = protox::compile(["docket/sync/v1/sync.proto"], ["proto"])?;
    tonic_prost_build::configure().bytes(".").codec_path("crate::BoundedCodec").compile_fds(descriptors)?;
    println!("cargo:rerun-if-changed=proto");
    Ok(())
}
