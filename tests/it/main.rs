//! One binary for every test that needs the whole.

mod wording;
