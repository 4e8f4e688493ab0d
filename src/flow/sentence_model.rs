//! Which sentence model the settings mean, and the name under which its vectors are kept.

use crate::{base::signature::sha256, settings::Model};
use grouping::{BUILTIN_NAME, SentenceModel};

/// The files in which a folder may have its network.
const NETWORKS: [&str; 2] = ["model.onnx", "onnx/model.onnx"];

/// What the engine is told about the model.
pub fn sentence_model(model: &Model) -> SentenceModel {
    match model {
        Model::None => SentenceModel::None,
        Model::Builtin => SentenceModel::Builtin,
        Model::Folder(folder) => SentenceModel::Dir(folder.clone()),
        Model::Endpoint(_) => SentenceModel::Given,
    }
}

/// The name under which a model's vectors are kept, different for each model. A folder's name is made from its
/// contents.
pub fn model_name(model: &Model) -> String {
    match model {
        Model::None => "none".to_owned(),
        Model::Builtin => BUILTIN_NAME.to_owned(),
        Model::Folder(folder) => {
            let network = NETWORKS.iter().find_map(|name| std::fs::read(folder.join(name)).ok()).unwrap_or_default();
            format!("folder {}", hex::encode(sha256(&[&network])))
        }
        Model::Endpoint(endpoint) => {
            let path = endpoint.path.split('?').next().unwrap_or_default();
            format!("{}/{path} {}", endpoint.origin.as_str(), endpoint.model)
        }
    }
}
