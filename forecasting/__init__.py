"""Pure statistics: frames in, frames out; no SQL, no clock."""
