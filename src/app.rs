//! The composition root: builds everything, and stops it in order.
