//! The crate's own files, under the paths that they know one another by.

pub(crate) mod attention;
#[path = "../../../../crate/src/kernels/lanes.rs"]
pub(crate) mod lanes;
#[path = "../../../../crate/src/kernels/math.rs"]
pub(crate) mod math;
#[path = "../../../../crate/src/kernels/quantise.rs"]
pub(crate) mod quantise;
#[path = "../../../../crate/src/kernels/softmax.rs"]
pub(crate) mod softmax;
#[path = "../../../../crate/src/kernels/checks.rs"]
pub(crate) mod checks;
#[path = "../../../../crate/src/kernels/gemm/mod.rs"]
pub(crate) mod gemm;
