//! The bundled demo marketplace: a site of its own that nothing else imports.
