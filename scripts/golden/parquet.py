"""Small Parquet files as Hugging Face's data sets and pyarrow write them, for crates/lab/tests/parquet.rs.

Run: python scripts/golden/parquet.py crates/lab/tests/golden/parquet     # pip install pyarrow

Writes:
    reviews.parquet    snappy; text, label (int64) with the names neg and pos in the metadata key `huggingface`; three groups of
                       rows; a label that is null, one that is -1 (no label, as Hugging Face says it), a text that is null
    words.parquet      gzip; sentence, class (text), and a list of numbers; no metadata of Hugging Face's
    plain.parquet      not compressed; text as large_string, label (int32); no dictionary
    zstd.parquet       the reviews compressed with zstd, which is not read
and versions.txt.
"""

import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

REVIEWS = {
    "text": ["a fine film", "dull,\tand \"long\"", None, "fine", "dull", "so so", "naïve"],
    "label": [1, 0, 1, None, 0, -1, 1],
}


def features(**columns):
    return {"huggingface": json.dumps({"info": {"features": columns}})}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    value = {"dtype": "string", "_type": "Value"}
    names = features(text=value, label={"names": ["neg", "pos"], "_type": "ClassLabel"})
    schema = pa.schema([("text", pa.string()), ("label", pa.int64())], metadata=names)
    reviews = pa.table(REVIEWS, schema=schema)
    pq.write_table(reviews, folder / "reviews.parquet", row_group_size=3)
    pq.write_table(reviews, folder / "zstd.parquet", compression="zstd")
    words = pa.table({
        "sentence": ["a fine film", "dull"], "class": ["good", "bad"], "places": [[1, 2], [3]], "score": [0.5, 1.0],
    })
    pq.write_table(words, folder / "words.parquet", compression="gzip")
    plain = pa.table({"label": pa.array([3, 12], pa.int32()), "text": pa.array(["three", "twelve"], pa.large_string())})
    pq.write_table(plain, folder / "plain.parquet", compression="none", use_dictionary=False)
    (folder / "versions.txt").write_text(f"pyarrow {pa.__version__}\n")
    print(f"pyarrow {pa.__version__}")


if __name__ == "__main__":
    main()
