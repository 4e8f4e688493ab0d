//! Runs a sentence-transformers network.
//!
//! Networks need the inputs `input_ids`, `attention_mask` and perhaps `token_type_ids`. Their output is a sentence
//! vector (`[1, dimensions]`, pooled inside) or token vectors (`[1, tokens, dimensions]`, averaged here).

use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

use super::error::ModelError;

/// The names that exporters give the pooled sentence vector, best first.
const POOLED: [&str; 3] = ["embedding", "sentence_embedding", "text_embeds"];

pub(super) struct Network {
    model: Model,
    ids: NodeId,
    mask: Option<NodeId>,
    types: Option<NodeId>,
    output: NodeId,
}

/// One thread that runs networks. Every thread that analyzes tickets has its own, because runs on the same one wait for
/// each other, except for those that start on the inference thread itself.
#[derive(Debug, Clone)]
pub(crate) struct InferenceThread(Arc<ThreadPool>);

impl Default for InferenceThread {
    fn default() -> Self {
        Self(Arc::new(ThreadPool::with_num_threads(1)))
    }
}

impl InferenceThread {
    /// Runs `work` on this thread. Networks that it runs then need no change of threads.
    pub(crate) fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.0.run(work)
    }
}

impl Network {
    pub(super) fn from_static(bytes: &'static [u8]) -> Result<Self, ModelError> {
        options().load_static_slice(bytes).map_err(not_understood).and_then(Self::new)
    }

    pub(super) fn from_bytes(bytes: Vec<u8>) -> Result<Self, ModelError> {
        options().load(bytes).map_err(not_understood).and_then(Self::new)
    }

    fn new(model: Model) -> Result<Self, ModelError> {
        let ids =
            model.node_id("input_ids").map_err(|_| ModelError::NotUnderstood("it has no input input_ids".into()))?;
        let mask = model.find_node("attention_mask");
        let types = model.find_node("token_type_ids");
        let output = POOLED
            .iter()
            .find_map(|name| model.find_node(name))
            .or_else(|| model.output_ids().first().copied())
            .ok_or_else(|| ModelError::NotUnderstood("it has no output".into()))?;
        Ok(Self { model, ids, mask, types, output })
    }

    /// The raw sentence vector of one sequence of tokens.
    pub(super) fn run(&self, ids: &[i32], inference: &InferenceThread) -> Result<Vec<f32>, ModelError> {
        let row = |values: Vec<i32>| NdTensor::from_data([1, ids.len()], values);
        let mut inputs: Vec<(NodeId, ValueOrView)> = vec![(self.ids, row(ids.to_vec()).into())];
        if let Some(mask) = self.mask {
            inputs.push((mask, row(vec![1; ids.len()]).into()));
        }
        if let Some(types) = self.types {
            inputs.push((types, row(vec![0; ids.len()]).into()));
        }
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(&inference.0));
        let output = self
            .model
            .run(inputs, &[self.output], Some(options))
            .map_err(not_understood)?
            .into_iter()
            .next()
            .ok_or_else(|| ModelError::NotUnderstood("it gave no output".into()))?;
        let output: Tensor<f32> = output.try_into().map_err(not_understood)?;
        pooled(&output)
    }
}

/// Weights are packed for multiplication once, instead of for every text. For brief texts that is most of the work. It
/// takes as much memory again as the weights.
fn options() -> ModelOptions {
    let mut options = ModelOptions::with_all_ops();
    options.prepack_weights(true);
    options
}

/// One vector out of `[1, dimensions]`, or the mean of `[1, tokens, dimensions]`.
fn pooled(output: &Tensor<f32>) -> Result<Vec<f32>, ModelError> {
    let values = output.to_vec();
    match output.shape() {
        [1, dimensions] if *dimensions > 0 => Ok(values),
        [1, _, dimensions] if *dimensions > 0 && !values.is_empty() => {
            let mut sum = vec![0f32; *dimensions];
            for token in values.chunks_exact(*dimensions) {
                for (total, value) in sum.iter_mut().zip(token) {
                    *total += value;
                }
            }
            Ok(sum)
        }
        shape => Err(ModelError::NotUnderstood(format!("its output has the shape {shape:?}"))),
    }
}

fn not_understood(error: impl std::fmt::Display) -> ModelError {
    ModelError::NotUnderstood(error.to_string())
}
