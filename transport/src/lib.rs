//! Framed requests between a client and a node.

#![forbid(unsafe_code)]
