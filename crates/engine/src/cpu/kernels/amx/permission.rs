//! Whether AMX may be used: the processor must have it, and the kernel must have agreed.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

/// Proof that this process may use AMX's tiles and products in bf16; only [`permission`] gives it.
#[derive(Clone, Copy)]
pub(crate) struct Permission(());

/// Whether tests execute the instructions in the processor's stead (see [`assume`]).
static ASSUMED: AtomicBool = AtomicBool::new(false);

/// The permission, or the reason why there is none. The kernel is asked once, at the first call: its answer is for
/// the process and all its threads.
pub(crate) fn permission() -> Result<Permission, &'static str> {
    static ANSWER: OnceLock<Result<(), &'static str>> = OnceLock::new();
    if ASSUMED.load(Ordering::Relaxed) {
        return Ok(Permission(()));
    }
    ANSWER.get_or_init(system::ask).map(|()| Permission(()))
}

/// From now on there is permission, whatever the processor says.
///
/// # Safety
/// Something else must execute AMX's instructions on every thread: a signal handler of the tests.
pub(crate) unsafe fn assume() {
    ASSUMED.store(true, Ordering::Relaxed);
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod system {
    use std::arch::{
        asm,
        x86_64::{__cpuid, __cpuid_count, __get_cpuid_max},
    };

    /// Bits of leaf 7's EDX: products of bf16, and the tiles.
    const PROCESSOR_HAS: u32 = 1 << 22 | 1 << 24;
    /// The bit of leaf 1's ECX that says that XCR0 can be read.
    const XCR0_CAN_BE_READ: u32 = 1 << 27;
    /// Bits of XCR0: the kernel saves the tiles' configuration and their data.
    const KERNEL_SAVES: u32 = 1 << 17 | 1 << 18;
    /// The system call `arch_prctl`.
    const ARCH_PRCTL: i64 = 158;
    /// Its code `ARCH_REQ_XCOMP_PERM`.
    const REQUEST_PERMISSION: u64 = 0x1023;
    /// The feature that is asked for: the data of the tiles.
    const TILE_DATA: u64 = 18;

    /// Asks the processor, then the kernel.
    pub(super) fn ask() -> Result<(), &'static str> {
        if !processor_has() {
            return Err("it needs AMX's products in bf16, which this processor does not have");
        }
        if !kernel_saves() {
            return Err("the kernel does not keep AMX's tiles for programs; one from Linux 5.16 on does");
        }
        // SAFETY: the call asks for a permission and touches no memory; it clobbers what every system call does.
        let answer = unsafe {
            let answer: i64;
            asm!(
                "syscall",
                inlateout("rax") ARCH_PRCTL => answer,
                in("rdi") REQUEST_PERMISSION,
                in("rsi") TILE_DATA,
                lateout("rcx") _,
                lateout("r11") _,
                options(nostack),
            );
            answer
        };
        if answer == 0 {
            Ok(())
        } else {
            Err("the kernel refused the permission to use AMX's tiles (arch_prctl ARCH_REQ_XCOMP_PERM)")
        }
    }

    fn processor_has() -> bool {
        let (highest, _) = __get_cpuid_max(0);
        highest >= 7
            && __cpuid_count(7, 0).edx & PROCESSOR_HAS == PROCESSOR_HAS
            && __cpuid(1).ecx & XCR0_CAN_BE_READ != 0
    }

    /// Only for processors on which [`processor_has`] found the bit that allows to read XCR0.
    fn kernel_saves() -> bool {
        let low: u32;
        // SAFETY: the bit of leaf 1 says that the instruction exists and that the kernel has switched it on.
        unsafe {
            asm!("xgetbv", in("ecx") 0, out("eax") low, out("edx") _, options(nomem, nostack));
        }
        low & KERNEL_SAVES == KERNEL_SAVES
    }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod system {
    /// There is nobody to ask.
    pub(super) fn ask() -> Result<(), &'static str> {
        Err("it needs AMX, which this build can use on x86-64 with Linux only")
    }
}
