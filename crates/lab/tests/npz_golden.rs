//! npz files written by numpy itself: every number type, both byte orders, both axis orders, stored and deflated.
//!
//! Files: `scripts/golden/make_npz_golden.py`, run with numpy 2.4.6.

use transferscope_lab::data::{DataError, NpzFile};

fn files() -> Result<[NpzFile; 2], DataError> {
    Ok([
        NpzFile::from_bytes(include_bytes!("golden/numpy_stored.npz").to_vec())?,
        NpzFile::from_bytes(include_bytes!("golden/numpy_deflated.npz").to_vec())?,
    ])
}

#[test]
fn every_type_and_order_reads_as_the_same_numbers() -> Result<(), DataError> {
    for file in files()? {
        for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"] {
            for order in ["le", "be", "fortran"] {
                let name = format!("{order}_{kind}");
                let floats = file.array_f64(&name)?;
                assert_eq!(
                    (floats.shape.as_slice(), floats.data.as_slice()),
                    (&[2, 3][..], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0][..]),
                    "{name}"
                );
                assert_eq!(file.array_f32(&name)?.data, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "{name}");
                if kind.starts_with('f') {
                    assert!(file.array_i64(&name).is_err(), "{name}");
                } else {
                    assert_eq!(file.array_i64(&name)?.data, [0, 1, 2, 3, 4, 5], "{name}");
                    assert_eq!(file.array_u8(&name)?.data, [0, 1, 2, 3, 4, 5], "{name}");
                }
            }
        }
        assert_eq!(file.array_u8("bool")?.data, [0, 1, 0, 1, 0, 1]);
        assert_eq!(file.array_f64("scalar")?.data, [2.5]);
        let counted: Vec<f64> = (0..24).map(f64::from).collect();
        assert_eq!(file.array_f64("fortran_3d")?.data, counted);
    }
    Ok(())
}

#[test]
fn rows_stream_in_any_portions_and_two_streams_run_side_by_side() -> Result<(), DataError> {
    for file in files()? {
        let mut one = file.stream_f64("le_f4")?;
        let mut other = file.stream_f64("be_f8")?;
        assert_eq!(one.next_rows(1)?, Some(vec![0.0, 1.0, 2.0]));
        assert_eq!(other.next_rows(9)?, Some(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
        assert_eq!(one.next_rows(1)?, Some(vec![3.0, 4.0, 5.0]));
        assert_eq!((one.next_rows(1)?, other.next_rows(1)?), (None, None));
    }
    Ok(())
}

#[test]
fn what_is_no_array_of_numbers_or_has_no_rows_is_refused_with_the_way_out() -> Result<(), DataError> {
    let refused =
        |result: Result<_, DataError>| result.map(|_: ()| ()).err().map(|error| error.to_string()).unwrap_or_default();
    for file in files()? {
        assert!(refused(file.array_f64("words").map(drop)).contains("plain numbers"));
        assert!(refused(file.stream_f64("fortran_f4").map(drop)).contains("ascontiguousarray"));
        assert!(refused(file.stream_f64("scalar").map(drop)).contains("at least one axis"));
        let absent = refused(file.array_f64("le_f3").map(drop));
        assert!(absent.contains("has no array `le_f3`") && absent.contains("le_f8"), "{absent}");
    }
    Ok(())
}
