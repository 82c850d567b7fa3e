//! AMX's instructions. No block leaves anything in the registers for another, but their shapes.

use std::arch::asm;

use super::product::{Configuration, Step};

pub(super) fn load(configuration: &Configuration) {
    // SAFETY: whoever configures has a permission; the 64 bytes are readable and describe shapes within the limits.
    unsafe { asm!("ldtilecfg [{}]", in(reg) configuration, options(nostack, readonly)) };
}

pub(super) fn release() {
    // SAFETY: whoever releases has configured, so the instruction exists; nobody expects a number in a register.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
}

/// So many times four products, of which none waits for another.
///
/// # Safety
/// The tile registers must be configured.
pub(super) unsafe fn multiply(rounds: usize) {
    if rounds == 0 {
        return;
    }
    // SAFETY: the caller vouches for the configuration; all registers are named.
    unsafe {
        asm!(
            "2:",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "dec {rounds}",
            "jnz 2b",
            rounds = inout(reg) rounds => _,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack, nomem),
        );
    }
}

/// The sums of 32 rows for a panel: `$products` of one step, and what is written of 16 rows (`$first`, `$second`).
macro_rules! panel_of {
    ($name:ident, [$($products:literal),*], [$($first:literal),*], [$($second:literal),*]) => {
        /// # Safety
        /// The tile registers must be configured for the steps. All strides are in bytes: `rows` must be 32 readable
        /// rows, `weights` readable wherever a step leads, `sums` 32 writable rows of the panel's width.
        pub(super) unsafe fn $name(
            steps: &[Step],
            rows: *const f32,
            stride: isize,
            weights: *const f32,
            weight_stride: usize,
            sums: *mut f32,
            apart: usize,
        ) {
            let bounds = steps.as_ptr_range();
            // SAFETY: the caller's promises; the loop reads `steps` from start to end, and all registers are named.
            unsafe {
                asm!(
                    "tilezero tmm0",
                    "tilezero tmm1",
                    "tilezero tmm2",
                    "tilezero tmm3",
                    "2:",
                    "cmp {step}, {end}",
                    "je 3f",
                    "mov {row}, [{step}]",
                    "mov {weight}, [{step} + 8]",
                    "add {row}, {rows}",
                    "add {weight}, {weights}",
                    "tileloadd tmm4, [{row} + {stride}*1]",
                    "add {row}, {half}",
                    "tileloadd tmm5, [{row} + {stride}*1]",
                    "tileloadd tmm6, [{weight} + {weight_stride}*1]",
                    $($products,)*
                    "add {step}, 16",
                    "jmp 2b",
                    "3:",
                    $($first,)*
                    "mov {row}, {apart}",
                    "shl {row}, 4",
                    "add {sums}, {row}",
                    $($second,)*
                    step = inout(reg) bounds.start => _,
                    end = in(reg) bounds.end,
                    row = out(reg) _,
                    weight = out(reg) _,
                    rows = in(reg) rows,
                    stride = in(reg) stride,
                    half = in(reg) 16 * stride,
                    weights = in(reg) weights,
                    weight_stride = in(reg) weight_stride,
                    sums = inout(reg) sums => _,
                    apart = in(reg) apart,
                    out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                    out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                    options(nostack),
                );
            }
        }
    };
}

panel_of!(
    two_vectors,
    [
        "tileloadd tmm7, [{weight} + {weight_stride}*1 + 64]",
        "tdpbf16ps tmm0, tmm4, tmm6",
        "tdpbf16ps tmm1, tmm4, tmm7",
        "tdpbf16ps tmm2, tmm5, tmm6",
        "tdpbf16ps tmm3, tmm5, tmm7"
    ],
    ["tilestored [{sums} + {apart}*1], tmm0", "tilestored [{sums} + {apart}*1 + 64], tmm1"],
    ["tilestored [{sums} + {apart}*1], tmm2", "tilestored [{sums} + {apart}*1 + 64], tmm3"]
);
panel_of!(
    one_vector,
    ["tdpbf16ps tmm0, tmm4, tmm6", "tdpbf16ps tmm2, tmm5, tmm6"],
    ["tilestored [{sums} + {apart}*1], tmm0"],
    ["tilestored [{sums} + {apart}*1], tmm2"]
);
