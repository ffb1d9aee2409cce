use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::lanes::{F32x4, LANES};
use super::values;

/// The span head of the BERT paper (section 4.2): a start and an end logit for each token. Always f32.
pub(crate) struct SpanHead {
    /// [2, width]
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl SpanHead {
    pub fn new(weight: Vec<f32>, bias: Vec<f32>) -> Self {
        Self { weight, bias }
    }

    /// `hidden`: [tokens, width] → [2, tokens], the start logits first.
    pub fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        hidden.apply_op1_no_bwd(&Logits(self))
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sum = F32x4::zero();
    for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
        sum = sum.add(F32x4::load_part(a, 0.0).mul(F32x4::load_part(b, 0.0)));
    }
    sum.sum()
}

struct Logits<'a>(&'a SpanHead);

impl CustomOp1 for Logits<'_> {
    fn name(&self) -> &'static str {
        "span_head"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let Self(head) = self;
        let (tokens, width) = layout.shape().dims2()?;
        if head.weight.len() != 2 * width || head.bias.len() != 2 {
            candle_core::bail!("a span head of {} weights for a width of {width}", head.weight.len());
        }
        let hidden = values(storage, layout)?;
        let logits = head.weight.chunks_exact(width).zip(&head.bias);
        let logits = logits.flat_map(|(weight, bias)| hidden.chunks_exact(width).map(move |row| dot(row, weight) + bias)).collect();
        Ok((CpuStorage::F32(logits), Shape::from((2, tokens))))
    }
}
