//! Remote caches, as two machines see them.
