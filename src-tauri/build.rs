//! Compiles in what each window may call, the icons and the screens.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The screens are built by npm; without this line a new bundle would not reach the program.
    for path in ["ui/dist", "src-tauri/capabilities", "src-tauri/permissions", "src-tauri/icons"] {
        println!("cargo:rerun-if-changed={path}");
    }
    // An app manifest of its own is what makes Tauri refuse every command that no capability grants.
    let commands = tauri_build::AppManifest::new().permissions_path_pattern("src-tauri/permissions/*.toml");
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("src-tauri/capabilities/*.json")
        .app_manifest(commands);
    tauri_build::try_build(attributes)?;
    Ok(())
}
