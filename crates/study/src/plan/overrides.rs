//! Other values for keys of a study: from the command line, and from a profile.

use toml::{Table, Value};

use super::{
    error::{Problem, did_you_mean},
    locate::words,
};

/// A key and its other value.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The key, such as `training.epochs` or `source.networks.lenet.width`.
    pub key: String,
    /// The value.
    pub value: Value,
}

/// Where another value came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// What is said of it in an error: `--set a.b=c` or `profile quick`.
    pub origin: String,
    /// Key and value.
    pub setting: Setting,
}

impl Override {
    /// Reads `a.b=c`: the value as TOML where it is TOML, else as text.
    ///
    /// # Errors
    /// Where there is no `=`, or no key before it.
    pub fn typed(text: &str) -> Result<Self, Problem> {
        let (key, value) = text.split_once('=').filter(|(key, _)| !key.trim().is_empty()).ok_or_else(|| {
            Problem::at("--set", format!("expected KEY=VALUE such as training.epochs=3, found `{text}`"))
        })?;
        let value = value.trim();
        let parsed = format!("x = {value}").parse::<Table>().ok().and_then(|mut table| table.remove("x"));
        let value = parsed.unwrap_or_else(|| Value::String(value.to_owned()));
        Ok(Self { origin: format!("--set {text}"), setting: Setting { key: key.trim().to_owned(), value } })
    }
}

/// Puts a value where its key says; tables on the way are made, elements of arrays must be there.
pub(super) fn put(table: &mut Table, setting: &Setting) -> Result<(), Problem> {
    let words = words(&setting.key);
    let Some((last, way)) = words.split_last() else { return Ok(()) };
    let refuse = |message: String| Problem::at(setting.key.clone(), message);
    let mut here = table;
    let mut rest = way;
    while let Some((word, after)) = rest.split_first() {
        let value = here.entry(word.clone()).or_insert_with(|| Value::Table(Table::new()));
        rest = after;
        match value {
            Value::Table(next) => here = next,
            Value::Array(elements) => {
                let Some((name, after)) = rest.split_first() else {
                    return Err(refuse(format!("`{word}` is a list: say which element, by its name or its number")));
                };
                rest = after;
                let names: Vec<String> = elements.iter().filter_map(name_of).collect();
                let place = names.iter().position(|known| known == name).or_else(|| name.parse().ok());
                let element = place.and_then(|place| elements.get_mut(place)).and_then(Value::as_table_mut);
                here = element.ok_or_else(|| {
                    let likely = did_you_mean(name, names.iter().map(String::as_str));
                    refuse(format!("`{word}` has no element `{name}`{likely}; it has {}", names.join(", ")))
                })?;
            }
            _ => return Err(refuse(format!("`{word}` is a value, so there is nothing in it to be set"))),
        }
    }
    here.insert(last.clone(), setting.value.clone());
    Ok(())
}

fn name_of(element: &Value) -> Option<String> {
    element.get("name")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    fn study() -> Table {
        "a = 1\n[b]\nc = 2\n[[b.d]]\nname = \"e\"\nf = 3\n".parse().unwrap()
    }

    #[test]
    fn values_are_toml_where_they_can_be_and_text_else() {
        let value = |text: &str| Override::typed(text).unwrap().setting.value;
        assert_eq!(value("k=3"), Value::Integer(3));
        assert_eq!(value("k=[1,2]"), Value::Array(vec![Value::Integer(1), Value::Integer(2)]));
        assert_eq!(value("k=stl10:some/where"), Value::String("stl10:some/where".to_owned()));
        assert_eq!(value("k=a=b"), Value::String("a=b".to_owned()));
        assert!(Override::typed("k").is_err() && Override::typed("=3").is_err());
    }

    #[test]
    fn elements_are_reached_by_name_and_by_number() {
        for key in ["b.d.e.f", "b.d.0.f"] {
            let mut table = study();
            put(&mut table, &Setting { key: key.to_owned(), value: Value::Integer(9) }).unwrap();
            assert_eq!(table["b"]["d"][0]["f"], Value::Integer(9));
        }
        let wrong = put(&mut study(), &Setting { key: "b.d.ee.f".to_owned(), value: Value::Integer(9) });
        assert!(wrong.unwrap_err().message.contains("did you mean `e`"));
        assert!(put(&mut study(), &Setting { key: "a.x".to_owned(), value: Value::Integer(9) }).is_err());
    }
}
