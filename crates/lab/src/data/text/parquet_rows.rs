//! From a Parquet file to rows of label and text, as Hugging Face's data sets and pyarrow write them.

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use parquet::{
    basic::{Compression, Type as Physical},
    errors::ParquetError,
    file::reader::{FileReader, SerializedFileReader},
    record::{Field, Row as Fields},
    schema::types::Type,
};

use super::{
    BadLines,
    label_names::label_names,
    rows::{Columns, Row, keep},
};
use crate::data::DataError;

/// What Hugging Face's data sets call their texts; the first that a file has is read where nothing else is said.
const TEXTS: [&str; 2] = ["text", "sentence"];
/// And their labels.
const LABEL: &str = "label";

/// The rows of a file, and those that cannot be used. Lines are rows.
///
/// # Errors
/// Where the file is damaged, has no such column or one of another kind, or compresses one in a way that is not read.
pub(super) fn parquet_rows(path: &Path, columns: &Columns) -> Result<(Vec<Row>, BadLines), DataError> {
    let place = path.display().to_string();
    let refuse = |problem: String| DataError::format(&place, "Parquet file", problem);
    let file = File::open(path).map_err(|source| DataError::io("open", path, source))?;
    // The library trusts much of what a file claims, and panics where that was wrong.
    catch_unwind(AssertUnwindSafe(|| read(file, columns)))
        .unwrap_or_else(|_| Err("it is damaged: its pages are not what its footer says".to_owned()))
        .map_err(refuse)
}

fn read(file: File, columns: &Columns) -> Result<(Vec<Row>, BadLines), String> {
    let damaged = |error: ParquetError| format!("it cannot be read ({error}); it may be damaged or cut short");
    let reader = SerializedFileReader::new(file).map_err(damaged)?;
    let metadata = reader.metadata().file_metadata();
    let schema = metadata.schema();
    let label = column(schema, columns.label.as_deref().unwrap_or(LABEL), "label")?;
    let texts = match columns.text.as_slice() {
        [] => {
            let has = |name: &&str| schema.get_fields().iter().any(|field| field.name() == *name);
            vec![column(schema, TEXTS.iter().copied().find(has).unwrap_or(TEXTS[0]), "text")?]
        }
        named => named.iter().map(|name| column(schema, name, "text")).collect::<Result<_, _>>()?,
    };
    let names = label_names(metadata.key_value_metadata(), label.name());
    let wanted = |name: &str| label.name() == name || texts.iter().any(|text| text.name() == name);
    check_compression(&reader, wanted)?;
    let fields = schema.get_fields().iter().filter(|field| wanted(field.name())).cloned().collect();
    let projection = Type::group_type_builder(schema.name()).with_fields(fields).build().map_err(damaged)?;
    let (mut found, mut bad) = (Vec::new(), BadLines::default());
    for (line, row) in reader.get_row_iter(Some(projection)).map_err(damaged)?.enumerate() {
        let row = row.map_err(damaged)?;
        let text = texts.iter().map(|text| said(&row, text.name())).collect::<Result<Vec<_>, _>>();
        match (label_of(&row, label.name(), &names), text) {
            (Err(why), _) => bad.add(line + 1, format!("its label is {why}")),
            (_, Err(why)) => bad.add(line + 1, format!("its text is {why}")),
            (Ok(label), Ok(text)) => keep(&mut found, &mut bad, line, &label, &text.join(" ")),
        }
    }
    Ok((found, bad))
}

/// A column by its name or, as in tables, by its place from 0; its numbers must be what a label or a text can be.
fn column(schema: &Type, wanted: &str, setting: &str) -> Result<Arc<Type>, String> {
    let fields = schema.get_fields();
    let by_place = || fields.get(wanted.parse::<usize>().ok()?);
    let Some(field) = fields.iter().find(|field| field.name() == wanted).or_else(by_place) else {
        let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
        return Err(format!(
            "it has no column '{wanted}'; its columns are {}, and {setting}=COLUMN says which to read",
            names.join(", ")
        ));
    };
    let kind = field.is_primitive().then(|| field.get_physical_type());
    let (expected, fits) = match setting {
        "label" => {
            let kinds = [Physical::INT32, Physical::INT64, Physical::BYTE_ARRAY];
            ("whole numbers or texts", kind.is_some_and(|kind| kinds.contains(&kind)))
        }
        _ => ("texts", kind == Some(Physical::BYTE_ARRAY)),
    };
    let found = kind.map_or_else(|| "nested values".to_owned(), |kind| format!("{kind}"));
    match fits {
        true => Ok(Arc::clone(field)),
        false => Err(format!("its column '{}' holds {found}, and {expected} are wanted for {setting}=", field.name())),
    }
}

fn check_compression(reader: &SerializedFileReader<File>, wanted: impl Fn(&str) -> bool) -> Result<(), String> {
    let chunks = reader.metadata().row_groups().iter().flat_map(|group| group.columns());
    for chunk in chunks.filter(|chunk| chunk.column_path().parts().first().is_some_and(|name| wanted(name))) {
        match chunk.compression() {
            Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) => {}
            other => {
                // The level of the compression stands behind its name.
                let (codec, column) = (other.to_string(), chunk.column_path().string());
                let codec = codec.split('(').next().unwrap_or_default();
                return Err(format!(
                    "its column '{column}' is compressed by {codec}, and none, snappy and gzip are read; write the file \
                     anew with one of these (pyarrow: compression=\"snappy\")"
                ));
            }
        }
    }
    Ok(())
}

/// The text in a column of a row.
fn said(row: &Fields, name: &str) -> Result<String, &'static str> {
    match row.get_column_iter().find(|(found, _)| found.as_str() == name) {
        Some((_, Field::Str(text))) => Ok(text.clone()),
        Some((_, Field::Bytes(bytes))) => String::from_utf8(bytes.data().to_vec()).map_err(|_| "no UTF-8"),
        Some((_, Field::Null)) | None => Err("null"),
        Some(_) => Err("of another kind"),
    }
}

/// What stands for the label of a row, by its name where the file says names; what is there instead, where none can be had.
fn label_of(row: &Fields, name: &str, names: &[String]) -> Result<String, String> {
    let field = row.get_column_iter().find(|(found, _)| found.as_str() == name).map(|(_, field)| field);
    let number = match field {
        Some(Field::Byte(number)) => i64::from(*number),
        Some(Field::Short(number)) => i64::from(*number),
        Some(Field::Int(number)) => i64::from(*number),
        Some(Field::Long(number)) => *number,
        Some(Field::UByte(number)) => i64::from(*number),
        Some(Field::UShort(number)) => i64::from(*number),
        Some(Field::UInt(number)) => i64::from(*number),
        Some(Field::ULong(number)) => i64::try_from(*number).unwrap_or(i64::MAX),
        _ => return said(row, name).map_err(str::to_owned),
    };
    if names.is_empty() {
        return Ok(number.to_string());
    }
    let known = usize::try_from(number).ok().and_then(|place| names.get(place));
    known.cloned().ok_or_else(|| format!("{number}, and the file names {} classes", names.len()))
}
