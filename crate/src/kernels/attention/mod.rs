//! Scaled dot-product attention (Vaswani et al. 2017): softmax(Q Kᵀ / √d) V for each head.

pub(crate) mod float;
pub(crate) mod heads;
pub(crate) mod int16;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::matrix::Kind;
use super::values;
use float::Float;
use heads::all_heads;
use int16::Int16;

/// `qkv`: [tokens, 3 x heads x d], queries, then keys, then values → [tokens, heads x d]. No mask: a window is never padded.
///
/// Where the model computes in int8, the two products are of i16.
pub(crate) fn attend(qkv: &Tensor, heads: usize, kind: Kind) -> Result<Tensor> {
    qkv.apply_op1_no_bwd(&Attend { heads, kind })
}

struct Attend {
    heads: usize,
    kind: Kind,
}

impl CustomOp1 for Attend {
    fn name(&self) -> &'static str {
        "attend"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (tokens, columns) = layout.shape().dims2()?;
        let d = columns / 3 / self.heads.max(1);
        if tokens == 0 || d == 0 || d * self.heads * 3 != columns {
            candle_core::bail!("{tokens} rows of {columns} for {} heads", self.heads);
        }
        let qkv = values(storage, layout)?;
        let out = match self.kind {
            Kind::Int8 => all_heads::<Int16>(qkv, tokens, self.heads, d),
            Kind::F32 => all_heads::<Float>(qkv, tokens, self.heads, d),
        };
        Ok((CpuStorage::F32(out), Shape::from((tokens, self.heads * d))))
    }
}
