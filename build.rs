//! Builds again when a migration is added (`migrate!` sees only the files that were there) and when the page was built.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=migrations");
    // What is embedded must be there, also before the page was ever built.
    let page = Path::new("web-demo/out");
    fs::create_dir_all(page)?;
    println!("cargo:rerun-if-changed={}", page.display());
    Ok(())
}
