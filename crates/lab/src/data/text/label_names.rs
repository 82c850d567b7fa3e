//! The names of the classes that Hugging Face's data sets write beside a Parquet file's columns.

use parquet::file::metadata::KeyValue;
use serde_json::Value;

/// The key of the file's metadata; its value is JSON.
const KEY: &str = "huggingface";

/// The names of the numbers in a column, where the file says them; empty where it does not.
pub(super) fn label_names(metadata: Option<&Vec<KeyValue>>, column: &str) -> Vec<String> {
    let value = metadata.into_iter().flatten().find(|pair| pair.key == KEY).and_then(|pair| pair.value.as_deref());
    let json: Option<Value> = value.and_then(|text| serde_json::from_str(text).ok());
    let names = json.as_ref().and_then(|json| json["info"]["features"][column]["names"].as_array());
    names.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_column_or_none() {
        let json = r#"{"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}"#;
        let metadata = |key: &str, value: &str| vec![KeyValue::new(key.to_owned(), value.to_owned())];
        assert_eq!(label_names(Some(&metadata(KEY, json)), "label"), ["neg", "pos"]);
        assert!(label_names(Some(&metadata(KEY, json)), "text").is_empty());
        assert!(label_names(Some(&metadata("pandas", json)), "label").is_empty());
        assert!(label_names(Some(&metadata(KEY, "no JSON")), "label").is_empty());
        assert!(label_names(None, "label").is_empty());
    }
}
