//! The hot steps of the encoder, one file each. The model code calls these and nothing below them,
//! so that faster kernels can take their place without a change there.

mod activation;
mod attention;
mod layer_norm;
mod linear;
mod matrix;

pub(crate) use activation::activate;
pub(crate) use attention::attend;
pub(crate) use layer_norm::LayerNorm;
pub(crate) use linear::Linear;
pub(crate) use matrix::{Kind, Matrix, SpanHead, Table};
