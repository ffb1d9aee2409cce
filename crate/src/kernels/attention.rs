use candle_core::{Result, Tensor};

/// Scaled dot-product attention (Vaswani et al. 2017): softmax(Q Kᵀ / √d) V for each head.
///
/// `query`, `key`, `value`: [tokens, heads x d] → [tokens, heads x d]. No mask: a window is never padded.
pub(crate) fn attend(query: &Tensor, key: &Tensor, value: &Tensor, heads: usize) -> Result<Tensor> {
    let (tokens, width) = query.dims2()?;
    let head_size = width / heads;
    let split = |x: &Tensor| x.reshape((tokens, heads, head_size))?.transpose(0, 1)?.contiguous();
    let scale = 1.0 / (head_size as f64).sqrt();
    let scores = (split(query)? * scale)?.matmul(&split(key)?.transpose(1, 2)?)?;
    let weights = candle_nn::ops::softmax_last_dim(&scores)?;
    weights
        .matmul(&split(value)?)?
        .transpose(0, 1)?
        .reshape((tokens, width))
}
