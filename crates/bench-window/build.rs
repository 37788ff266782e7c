//! Compiles in the bare page.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=../bench/pages");
    tauri_build::try_build(tauri_build::Attributes::new())?;
    Ok(())
}
