#[path = "../../../../../crate/src/kernels/attention/heads.rs"]
pub(crate) mod heads;
#[path = "../../../../../crate/src/kernels/attention/float.rs"]
pub(crate) mod float;
#[path = "../../../../../crate/src/kernels/attention/int16.rs"]
pub(crate) mod int16;
